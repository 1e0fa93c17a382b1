// The reference models, where this machine has them: QEMU's `spike` board and Spike itself, both with the host-target
// interface. A test that fails here is asked of them: one that they do not pass either is not held against us.
import { spawn, spawnSync } from 'node:child_process';

const QEMU = process.env.HYPERCRAFT_QEMU ?? 'qemu-system-riscv64';
const SPIKE = process.env.HYPERCRAFT_SPIKE ?? 'spike';
const SPIKE_ISA =
  'rv64gch_zicntr_zihpm_zba_zbb_zbc_zbs_zbkb_zbkx_zfh_zfa_zicond_zicbom_zicboz_zacas_zabha_zawrs_zimop_zcmop_zcb_svnapot_svpbmt_svinval_svadu_sstc_smstateen_ziccid_zicclsm';

function version(program, pattern) {
  const { status, stdout, stderr } = spawnSync(program, ['--version'], { encoding: 'utf8' });
  return status === null ? undefined : (pattern.exec(`${stdout}${stderr}`)?.[1] ?? 'unknown version');
}

/** What there is, by name with its version. */
export function references() {
  const qemu = version(QEMU, /version (\S+)/);
  const spike = version(SPIKE, /(\d\S*)/) ?? (spawnSync(SPIKE, ['--help']).status === null ? undefined : 'unknown');
  return { ...(qemu && { qemu }), ...(spike && { spike }) };
}

/** Runs a program with the host-target interface in `qemu` or `spike`; true if it ends with success. */
export function passes(name, path, { seconds = 20, harts = 1 } = {}) {
  const [program, args] =
    name === 'qemu'
      ? [
          QEMU,
          [
            '-M',
            'spike',
            '-cpu',
            'max',
            '-smp',
            `${harts}`,
            '-bios',
            'none',
            '-kernel',
            path,
            '-display',
            'none',
            '-serial',
            'null',
            '-monitor',
            'none',
          ],
        ]
      : [SPIKE, [`--isa=${SPIKE_ISA}`, `-p${harts}`, path]];
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: 'ignore' });
    const timer = setTimeout(() => child.kill('SIGKILL'), seconds * 1000);
    child.on('error', () => resolve(false));
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve(code === 0);
    });
  });
}
