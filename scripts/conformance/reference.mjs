// The reference models, where this machine has them: QEMU's `spike` board and Spike itself, both with the host-target
// interface. A test that fails here is asked of them: one that they do not pass either is not held against us.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const QEMU = process.env.HYPERCRAFT_QEMU ?? 'qemu-system-riscv64';
const SPIKE = process.env.HYPERCRAFT_SPIKE ?? 'spike';
const SPIKE_ISA =
  'rv64gch_zicntr_zihpm_zba_zbb_zbc_zbs_zbkb_zbkc_zbkx_zknd_zkne_zknh_zksed_zksh_zkr_zfh_zfa_zicond_zicbom_zicboz_zacas_zabha_zawrs_zimop_zcmop_zcb_svnapot_svpbmt_svinval_svadu_sstc_sscofpmf_smcntrpmf_smstateen_ssnpm_smnpm_smmpm_zicfilp_zicfiss_ssdbltrp_ziccid_zicclsm';

function version(program, asking, pattern) {
  const { status, stdout, stderr } = spawnSync(program, [asking], { encoding: 'utf8' });
  return status === null ? undefined : (pattern.exec(`${stdout}${stderr}`)?.[1] ?? 'unknown version');
}

/** What there is, by name with its version. */
export function references() {
  const qemu = version(QEMU, '--version', /version (\S+)/);
  const spike = version(SPIKE, '--help', /Simulator (\S+)/);
  return { ...(qemu && { qemu }), ...(spike && { spike }) };
}

/** The command line on which a model runs a program with the host-target interface. */
function commandLine(model, path, { harts = 1, signatureFile } = {}) {
  if (model === 'spike') {
    const signature = signatureFile ? [`+signature=${signatureFile}`, '+signature-granularity=4'] : [];
    return [SPIKE, [`--isa=${SPIKE_ISA}`, `-p${harts}`, ...signature, path]];
  }
  const board = `spike${signatureFile ? `,signature=${signatureFile},signature-granularity=4` : ''}`;
  const machine = ['-M', board, '-cpu', 'max', '-smp', `${harts}`, '-bios', 'none', '-kernel', path];
  return [QEMU, [...machine, '-display', 'none', '-serial', 'null', '-monitor', 'none']];
}

/** Runs a program; its exit status and what it printed. */
function runIn(model, path, { seconds = 20, ...options } = {}) {
  const [program, args] = commandLine(model, path, options);
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'ignore'] });
    let text = '';
    child.stdout.on('data', (part) => {
      text += part.toString('latin1');
    });
    const timer = setTimeout(() => child.kill('SIGKILL'), seconds * 1000);
    child.on('error', () => resolve({ status: undefined, text }));
    child.on('close', (status) => {
      clearTimeout(timer);
      resolve({ status, text });
    });
  });
}

/** Whether a program ends with success in a model. */
export async function passes(model, path, options) {
  return (await runIn(model, path, options)).status === 0;
}

/** What a program prints in a model. */
export async function output(model, path, options) {
  return (await runIn(model, path, options)).text;
}

/** The signature a program leaves in a model: 32-bit words in hexadecimal; none if it did not come to its end. */
export async function signature(model, path) {
  const folder = mkdtempSync(join(tmpdir(), 'hypercraft-signature-'));
  try {
    const signatureFile = join(folder, 'signature');
    await runIn(model, path, { signatureFile });
    return existsSync(signatureFile) ? readFileSync(signatureFile, 'utf8').split('\n').filter(Boolean) : [];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
