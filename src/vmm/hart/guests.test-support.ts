// Small guests for tests of several on one host.
import { virtMachine } from '../../boot/index.js';
import { assemble } from '../../isa/index.js';
import type { Vm, VmConfig } from '../vm/vm.js';

export const BASE = 0x8000_0000n;

const PRELUDE = `
  .equ UART, 0x10000000
  .equ FINISHER, 0x100000
`;

export const POWER_OFF = 'li t0, FINISHER\nli t1, 0x5555\nsw t1, 0(t0)\nstop: j stop\n';
export const SPIN = 'li s0, 0\nspin: addi s0, s0, 1\nj spin';

/** So many harts that never rest. */
export const SPIN_ALL = (harts: number): string => `
  bnez a0, spin
  li s1, ${harts - 1}
start:
  beqz s1, spin
  mv a0, s1
  la a1, spin
  li a2, 0
  li a6, 0
  li a7, 0x48534d
  ecall
  addi s1, s1, -1
  j start
spin: j spin`;

export interface GuestOptions extends Partial<VmConfig> {
  readonly harts?: number;
  readonly mode?: 'firmware' | 'bare';
}

/** A machine of 8 MiB that runs an assembler program. */
export function guest(source: string, options: GuestOptions = {}): VmConfig {
  const { harts = 1, mode = 'hypervisor', ...rest } = options;
  const machine = virtMachine({ mode, harts, memory: { base: BASE, size: 8n << 20n } });
  const { bytes } = assemble(PRELUDE + source, { base: BASE });
  const boot = { segments: [{ what: 'guest', gpa: BASE, bytes }], entry: BASE, dtbAddress: 0x8020_0000n };
  return { machine, boot, ...rest };
}

export function collect(vm: { on(name: 'output', listener: (bytes: Uint8Array) => unknown): unknown }): {
  text: string;
} {
  const output = { text: '' };
  vm.on('output', (bytes) => {
    output.text += new TextDecoder().decode(bytes);
  });
  return output;
}

export function later(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Comes back when something holds: a busy machine may take its time, but not for ever. */
export async function until(holds: () => boolean, seconds = 60): Promise<void> {
  for (const end = performance.now() + seconds * 1000; !holds(); await later(2)) {
    if (performance.now() > end) throw new Error(`not in ${seconds} s: ${holds}`);
  }
}

/** Has the vCPUs of a guest go from hart to hart of a host that has so many, one after another, until something else is over. */
export async function moveAbout(vm: Vm, harts: number, until: Promise<unknown>): Promise<void> {
  const random = (below: number): number => Math.floor(Math.random() * below);
  let over = false;
  void until.finally(() => {
    over = true;
  });
  while (!over) {
    await vm.moveTo(random(harts), random(vm.vcpus.length));
    await later(random(3));
  }
}
