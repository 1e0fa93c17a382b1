// QEMU one instruction at a time: the state before each as `-d cpu` logs it, and the memory it starts with, so that our
// hart can start from exactly the same.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const RAM = 0x8000_0000;
/** The reset vector, with what it hands over. */
export const ROM = 0x1000;
export const ROM_BYTES = 0xf000;

/** The command line of a machine: { program, version, cpu } of findQemu, and what to boot. */
function board(qemu, { memory, boot }) {
  return [
    '-M',
    'virt',
    '-m',
    `${memory >> 20}`,
    '-cpu',
    qemu.cpu,
    '-nodefaults',
    '-display',
    'none',
    '-serial',
    'null',
    ...boot,
  ];
}

/** RAM and ROM before the first instruction. */
export function initialMemory(qemu, options) {
  const scratch = mkdtempSync(join(tmpdir(), 'hypercraft-compare-'));
  try {
    const [ram, rom] = ['ram', 'rom'].map((name) => join(scratch, name));
    const input = `pmemsave ${RAM} ${options.memory} "${ram}"\npmemsave ${ROM} ${ROM_BYTES} "${rom}"\nquit\n`;
    const args = [...board(qemu, options), '-S', '-monitor', 'stdio'];
    const { status, stderr } = spawnSync(qemu.program, args, { input, encoding: 'utf8' });
    if (status !== 0) throw new Error(`QEMU: ${stderr}`);
    return { ram: readFileSync(ram), rom: readFileSync(rom) };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

const RECORD = ' V      =';

/** The states before each instruction: { pc, x: bigint[32], csr: Map }. */
export async function* states(qemu, options) {
  const single = Number.parseFloat(qemu.version) < 8.1 ? ['-singlestep'] : ['-accel', 'tcg,one-insn-per-tb=on'];
  const args = [...board(qemu, options), ...single, '-monitor', 'none', '-d', 'cpu,nochain'];
  const child = spawn(qemu.program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
  process.once('exit', () => child.kill('SIGKILL'));
  try {
    let text = '';
    let count = 0;
    for await (const part of child.stderr) {
      text += part.toString('latin1');
      const records = text.split(RECORD);
      text = records.pop();
      for (const record of records) {
        if (!record.includes(' x28/')) continue;
        count++;
        yield parse(record);
      }
    }
    if (count === 0) throw new Error(`QEMU: ${text}`);
  } finally {
    child.kill('SIGKILL');
  }
}

function parse(record) {
  const csr = new Map();
  const x = [];
  for (const [, name, value] of record.matchAll(/([a-z][\w/]*) +([0-9a-f]{16})/g)) {
    if (name.includes('/')) x[Number(name.slice(1, name.indexOf('/')))] = BigInt(`0x${value}`);
    else csr.set(name, BigInt(`0x${value}`));
  }
  return { pc: csr.get('pc'), virtual: /^\s*1/.test(record), x, csr };
}
