// Spike as the other machine of a comparison. It gets the image as an ELF file whose symbols say what memory it is to write down at the
// end, and where the image's finisher is: there it has the host-target interface.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BASE, MEMORY } from './image.mjs';

/** Extensions that are on, by the names of both; zicclsm is misaligned loads and stores. */
const EXTENSIONS = [
  ...'zicntr zihpm zba zbb zbs zicond zicbom zicboz zicbop zimop zcmop zcb zacas zabha zawrs zfh zfhmin'.split(' '),
  ...'svinval svnapot svpbmt svadu svade smstateen smepmp smnpm ssnpm smmpm zicfiss zicclsm'.split(' '),
];
const ISA = `rv64gch_${EXTENSIONS.join('_')}`;
const FINISHER = 0x10_0000n;

/** Spike, if there is one: what a comparison asks of a model. */
export function findSpike(program = process.env.HYPERCRAFT_SPIKE ?? 'spike') {
  const { status, stdout, stderr } = spawnSync(program, ['--help'], { encoding: 'utf8' });
  if (status === null) return undefined;
  return {
    name: 'Spike',
    version: /Simulator (\S+)/.exec(`${stdout}${stderr}`)?.[1] ?? 'of unknown version',
    extensions: [...'imafdchsu', 'zicsr', 'zifencei', 'zalrsc', 'zaamo', ...EXTENSIONS],
    lacks: [],
    run: (image, options) => runSpike(program, image, options),
  };
}

/** An ELF file of one segment with absolute symbols. */
function elfFile(image, symbols) {
  const names = Object.keys(symbols);
  const strings = Buffer.from(`\0${names.join('\0')}\0.symtab\0.strtab\0`, 'latin1');
  const at = { image: 4096, symbols: 4096 + ((image.length + 7) & ~7) };
  const symbolBytes = 24 * (names.length + 1);
  const stringsAt = at.symbols + symbolBytes;
  const sectionsAt = (stringsAt + strings.length + 7) & ~7;
  const file = Buffer.alloc(sectionsAt + 3 * 64);
  const put = (offset, ...values) => {
    for (const [bytes, value] of values) {
      if (bytes === 8) file.writeBigUInt64LE(BigInt(value), offset);
      else file.writeUIntLE(value, offset, bytes);
      offset += bytes;
    }
  };
  file.write('\x7fELF\x02\x01\x01', 'latin1');
  put(16, [2, 2], [2, 243], [4, 1], [8, BASE], [8, 64], [8, sectionsAt], [4, 0]);
  put(52, [2, 64], [2, 56], [2, 1], [2, 64], [2, 3], [2, 2]);
  put(64, [4, 1], [4, 7], [8, at.image], [8, BASE], [8, BASE], [8, image.length], [8, image.length], [8, 4096]);
  file.set(image, at.image);
  names.forEach((name, n) => {
    put(at.symbols + 24 * (n + 1), [4, strings.indexOf(`\0${name}\0`) + 1], [2, 0x11], [2, 0xfff1], [8, symbols[name]]);
  });
  file.set(strings, stringsAt);
  const section = (n, name, type, offset, bytes, entry) => {
    put(
      sectionsAt + 64 * n,
      [4, strings.indexOf(`\0${name}\0`) + 1],
      [4, type],
      [8, 0],
      [8, 0],
      [8, offset],
      [8, bytes],
    );
    put(sectionsAt + 64 * n + 40, [4, 2], [4, 1], [8, 8], [8, entry]);
  };
  section(1, '.symtab', 2, at.symbols, symbolBytes, 24);
  section(2, '.strtab', 3, stringsAt, strings.length, 0);
  return file;
}

/** Runs an image; `length` bytes of memory afterwards from `offset`, or undefined if it did not come to its end. */
async function runSpike(program, image, { offset, length, seconds = 60 }) {
  const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'hypercraft-spike-'));
  try {
    const [file, signature] = ['image', 'signature'].map((name) => join(folder, name));
    const begin = BASE + BigInt(offset);
    const places = { begin_signature: begin, end_signature: begin + BigInt(length), tohost: FINISHER };
    writeFileSync(file, elfFile(image, { ...places, fromhost: FINISHER + 8n }));
    const memory = `-m0x${BASE.toString(16)}:0x${MEMORY.toString(16)},0x${FINISHER.toString(16)}:0x1000`;
    const written = [`+signature=${signature}`, '+signature-granularity=8'];
    const args = [`--isa=${ISA}`, memory, '--pmpgranularity=4', ...written, file];
    const child = spawn(program, args, { stdio: 'ignore' });
    const timer = setTimeout(() => child.kill('SIGKILL'), seconds * 1000);
    const code = await new Promise((resolve) => child.on('close', resolve));
    clearTimeout(timer);
    if (code === null) return undefined;
    if (!existsSync(signature)) throw new Error(`Spike ended with ${code}`);
    const bytes = new Uint8Array(length);
    const view = new DataView(bytes.buffer);
    const lines = readFileSync(signature, 'latin1').split('\n').filter(Boolean);
    lines.forEach((line, i) => {
      view.setBigUint64(i * 8, BigInt(`0x${line}`), true);
    });
    return bytes;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
