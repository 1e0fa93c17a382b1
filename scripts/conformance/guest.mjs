// Runs one bare program in this process and says how it ended: the conformance suites have thousands, and starting Node
// for each would take longer than they do.
import { readFile } from 'node:fs/promises';

const RAM_BASE = 0x8000_0000n;
const MIB = 1n << 20n;

/** Where the library is taken from: the build of this checkout. */
export const library = await import(new URL('../../dist/index.js', import.meta.url).href);

let host;
let jit = 'off';

/** Programs that follow are interpreted (`off`) or translated from their first instruction on (`always`). */
export function setJit(mode) {
  jit = mode;
  host = undefined;
}

/**
 * @param {string} path an ELF file
 * @param {{ seconds?: number, harts?: number, memory?: bigint, mode?: string, firmware?: string, bootargs?: string, until?: RegExp, virtualTime?: number }} options
 *   `until` ends the run as soon as it matches the output.
 * @returns {Promise<{ kind: string, code?: number, reason?: string, output: string, signature?: Uint8Array, instructions: bigint }>}
 *   `kind` is that of the machine's end, or `timeout`, `matched` or `error`.
 */
export async function runGuest(path, options = {}) {
  const { Host, Vm, virtMachine, planBoot, webPlatform } = library;
  host ??= await Host.create({ platform: webPlatform(), jit });
  const { seconds = 20, harts = 1, memory = 128n * MIB, mode = 'bare', bootargs, until, virtualTime } = options;
  const machine = virtMachine({ mode, harts, memory: { base: RAM_BASE, size: memory } });
  let output = '';
  let vm;
  try {
    const boot = await planBoot({
      machine,
      kernel: new Uint8Array(await readFile(path)),
      ...(options.firmware && { firmware: new Uint8Array(await readFile(options.firmware)) }),
      ...(bootargs !== undefined && { chosen: { bootargs } }),
    });
    vm = await Vm.create(host, host.platform, {
      machine,
      boot,
      threads: false,
      ...(virtualTime !== undefined && { virtualTime }),
    });
    let timer;
    const given = new Promise((resolve) => {
      timer = setTimeout(() => resolve({ kind: 'timeout' }), seconds * 1000);
      const decoder = new TextDecoder('latin1');
      vm.on('output', (bytes) => {
        output += decoder.decode(bytes);
        if (until?.test(output)) resolve({ kind: 'matched' });
      });
    });
    const end = await Promise.race([vm.run(), given]);
    clearTimeout(timer);
    await vm.pause();
    const { signature: range } = boot;
    const signature = range && vm.memory.read(range.begin, Number(range.end - range.begin));
    return { ...end, output, signature, instructions: vm.stats().instructions };
  } catch (error) {
    return { kind: 'error', reason: String(error?.message ?? error), output, instructions: 0n };
  } finally {
    await vm?.[Symbol.asyncDispose]();
  }
}

/** Runs an image that lies at the start of memory until it switches the machine off; `length` bytes of it afterwards. */
export async function runImage(image, { offset, length, seconds = 60 }) {
  const { Host, Vm, virtMachine, webPlatform } = library;
  host ??= await Host.create({ platform: webPlatform(), jit });
  const machine = virtMachine({ mode: 'bare', memory: { base: RAM_BASE, size: 32n * MIB } });
  const boot = { segments: [{ what: 'image', gpa: RAM_BASE, bytes: image }], entry: RAM_BASE, dtbAddress: 0n };
  const vm = await Vm.create(host, host.platform, { machine, boot, threads: false });
  let timer;
  try {
    const late = new Promise((resolve) => {
      timer = setTimeout(() => resolve({ kind: 'timeout' }), seconds * 1000);
    });
    const end = await Promise.race([vm.run(), late]);
    return { end, memory: vm.memory.read(RAM_BASE + BigInt(offset), length) };
  } finally {
    clearTimeout(timer);
    await vm[Symbol.asyncDispose]();
  }
}

/** The end of a run in a few words. */
export function endText({ kind, code, reason }) {
  if (kind === 'failure') return `failure ${code}`;
  return reason === undefined ? kind : `${kind}: ${reason}`;
}
