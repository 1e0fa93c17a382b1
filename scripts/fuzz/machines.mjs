// The two machines: QEMU, whose memory is a file that can be read when it is done, and ours. Both get the same image and
// run it until it switches the machine off; what they have made of it is compared block by block.
import { spawn, spawnSync } from 'node:child_process';
import { closeSync, existsSync, mkdtempSync, openSync, readSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Host, Vm, virtMachine, webPlatform } from '../../dist/index.js';
import { featureSet } from '../../dist/isa/index.js';
import { BASE, MEMORY } from './image.mjs';

/** QEMU's names of the extensions that sequences may be made of, and what must stay off so that undefined is undefined. */
const OPTIONAL = [
  ...[
    'zba',
    'zbb',
    'zbc',
    'zbs',
    'zbkb',
    'zbkc',
    'zbkx',
    'zknd',
    'zkne',
    'zknh',
    'zksed',
    'zksh',
    'zfh',
    'zfhmin',
    'zfa',
  ],
  ...[
    'zicond',
    'zicbom',
    'zicboz',
    'zicbop',
    'zawrs',
    'zihintpause',
    'zihintntl',
    'zimop',
    'zcmop',
    'zcb',
    'zacas',
    'zabha',
  ],
  ...['svinval', 'h', 'sstc', 'smstateen', 'svpbmt', 'svnapot', 'smnpm', 'ssnpm', 'smmpm', 'ssdbltrp'],
];
const BASIC = ['i', 'm', 'a', 'f', 'd', 'c', 'zicsr', 'zifencei', 'zalrsc', 'zaamo', 's', 'u'];
/** With Zama16b QEMU also performs what the extension leaves out, and does not perform what Zabha adds to it. */
const OFF = ['zama16b', 'v', 'zcmp', 'zcmt', 'zfinx', 'zicfiss', 'zicfilp', 'smepmp', 'svadu'];

/** A folder in memory where there is one: QEMU's RAM lies in it. */
const scratch = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'hypercraft-fuzz-'));
const children = new Set();
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(scratch, { recursive: true, force: true });
});

/** Finds out what the QEMU at hand can do; extensions in `without` are off, those in `with` on. Undefined if there is none. */
export function findQemu({
  program = process.env.HYPERCRAFT_QEMU ?? 'qemu-system-riscv64',
  without = [],
  with: more = [],
} = {}) {
  const version = /version (\S+)/.exec(spawnSync(program, ['--version'], { encoding: 'utf8' }).stdout ?? '')?.[1];
  if (version === undefined) return undefined;
  const on = [...OPTIONAL, ...more].filter((name) => !without.includes(name));
  const off = [...OFF.filter((name) => !more.includes(name)), ...without].map((name) => `${name}=off`);
  // All hardware performance counters, as we have them.
  let properties = [...on.map((name) => `${name}=on`), ...off, 'pmu-mask=0xfffffff8'];
  for (;;) {
    const cpu = ['rv64', ...properties].join(',');
    const args = ['-M', 'virt', '-cpu', cpu, '-S', '-display', 'none', '-nodefaults', '-monitor', 'stdio'];
    const { status, stderr } = spawnSync(program, args, { input: 'quit\n', encoding: 'utf8' });
    if (status === 0) {
      const extensions = properties
        .filter((property) => property.endsWith('=on'))
        .map((property) => property.slice(0, -3).toLowerCase());
      const lacks = on.filter((name) => !extensions.includes(name));
      const model = { name: 'QEMU', program, version, cpu, extensions: [...BASIC, ...extensions], lacks };
      return { ...model, run: (image, options) => runQemu(model, image, options) };
    }
    const refused = /[Pp]roperty '[^']*?\.?([\w-]+)' not found/.exec(stderr)?.[1];
    const at = properties.findIndex((property) => property.startsWith(`${refused}=`));
    if (at < 0) throw new Error(`QEMU ${version} refuses ${cpu}: ${stderr}`);
    // Older versions write some of them with a capital.
    const capital = properties[at][0].toUpperCase() + properties[at].slice(1);
    properties = capital === properties[at] ? properties.toSpliced(at, 1) : properties.with(at, capital);
  }
}

/** Runs an image in QEMU; `length` bytes of memory afterwards from `offset`, or undefined if it did not come to its end. */
async function runQemu({ program, cpu }, image, { offset, length, seconds = 60 }) {
  const file = join(scratch, `ram-${process.pid}-${Math.random().toString(36).slice(2)}`);
  writeFileSync(file, image);
  truncateSync(file, MEMORY);
  const memory = `memory-backend-file,id=ram,size=${MEMORY},mem-path=${file},share=on`;
  const board = ['-M', 'virt,memory-backend=ram', '-m', `${MEMORY >> 20}`, '-object', memory, '-cpu', cpu];
  const args = [...board, '-bios', 'none', '-nodefaults', '-display', 'none'];
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  children.add(child);
  let errors = '';
  child.stderr.on('data', (text) => {
    errors += text;
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), seconds * 1000);
  const code = await new Promise((resolve) => child.on('close', resolve));
  clearTimeout(timer);
  children.delete(child);
  try {
    if (code !== 0 && code !== null) throw new Error(`QEMU ended with ${code}: ${errors}`);
    if (code === null) return undefined;
    const memory = new Uint8Array(length);
    const descriptor = openSync(file, 'r');
    readSync(descriptor, memory, 0, memory.length, offset);
    closeSync(descriptor);
    return memory;
  } finally {
    rmSync(file, { force: true });
  }
}

let host;

/** Runs an image on our hart; `length` bytes of memory afterwards from `offset`, or undefined if it did not come to its end. */
export async function runOurs(image, { offset, length, extensions, jit, seconds = 60 }) {
  host ??= await Host.create({ platform: webPlatform(), jit });
  const machine = virtMachine({ mode: 'bare', memory: { base: BASE, size: BigInt(MEMORY) } });
  const boot = { segments: [{ what: 'image', gpa: BASE, bytes: image }], entry: BASE, dtbAddress: 0n };
  const vm = await Vm.create(host, host.platform, { machine, boot, threads: false });
  const names = ['machine', 'sv48', 'sv57', 'zicntr', 'zihpm', ...extensions].map(
    (name) => name[0].toUpperCase() + name.slice(1),
  );
  host.engine.setFeatures(vm.vcpus[0].area, featureSet(names));
  try {
    let timer;
    const late = new Promise((resolve) => {
      timer = setTimeout(() => resolve(undefined), seconds * 1000);
    });
    const end = await Promise.race([vm.run(), late]);
    clearTimeout(timer);
    if (end?.kind !== 'power-off') return undefined;
    return vm.memory.read(BASE + BigInt(offset), length);
  } finally {
    await vm[Symbol.asyncDispose]();
  }
}
