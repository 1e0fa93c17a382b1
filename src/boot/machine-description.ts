// What a machine is made of, as plain data: the device tree is generated from it. The addresses are those of QEMU's
// `virt` machine, which kernels for teaching hard-code.

import type { FdtNode } from './fdt.js';

/**
 * Which privilege levels the guest's own software runs in; see the table of compositions in ARCHITECTURE.md. In `bare` the
 * guest owns M mode, so it sees a CLINT and machine-level interrupt contexts.
 */
export type MachineMode = 'hypervisor' | 'firmware' | 'bare';

/** The `mmu-type` property of a hart's device tree node. */
export type MmuType = 'riscv,none' | 'riscv,sv39' | 'riscv,sv48' | 'riscv,sv57';

/** A range of guest-physical addresses. */
export interface RegisterWindow {
  /** First address. */
  readonly base: bigint;
  /** Bytes. */
  readonly size: bigint;
}

/** The registers of a device that has an interrupt. */
export interface InterruptingWindow extends RegisterWindow {
  /** Source number at the PLIC. */
  readonly irq: number;
}

/** A machine before it is built: its harts, memory, devices and timebase. */
export interface MachineDescription {
  /** What the guest owns of the hart's privilege levels. */
  readonly mode: MachineMode;
  /** RAM. */
  readonly memory: RegisterWindow;
  /** Number of harts; their ids are 0 to harts - 1. */
  readonly harts: number;
  /** Ticks of `time` in a second. */
  readonly timebase: number;
  /** Extensions in lower case, single letters too: `['i', 'm', 'a', ..., 'zicsr', 'sstc']`; order does not matter. */
  readonly extensions: readonly string[];
  /** The largest first-stage mode the harts translate. */
  readonly mmu: MmuType;
  /** The platform-level interrupt controller; `sources` counts its interrupts, 1 to `sources - 1`. */
  readonly plic?: RegisterWindow & { readonly sources: number };
  /** Only shown to a guest that owns M mode. */
  readonly clint?: RegisterWindow;
  /** Supervisor software interrupts (ACLINT), of a machine that has a CLINT. */
  readonly sswi?: RegisterWindow;
  /** The 16550, the guest's console. */
  readonly uart?: InterruptingWindow & { readonly clockFrequency?: number };
  /** SiFive test finisher: power-off and reboot. */
  readonly finisher?: RegisterWindow;
  /** The Goldfish real-time clock. */
  readonly rtc?: InterruptingWindow;
  /** Windows for virtio devices. */
  readonly virtioMmio?: readonly InterruptingWindow[];
  /** Further nodes under /soc. Their `interrupts` are PLIC sources; {@link PLIC_PHANDLE} names the PLIC. */
  readonly devices?: readonly FdtNode[];
  /** Further nodes under the root. */
  readonly nodes?: readonly FdtNode[];
  /** Memory the guest must leave alone (no-map). */
  readonly reserved?: readonly (RegisterWindow & { readonly name: string })[];
  /** The device tree's `model`. */
  readonly model?: string;
}

/** What depends on one boot and not on the machine: the /chosen node. */
export interface ChosenDescription {
  /** The kernel's command line. */
  readonly bootargs?: string;
  /** Where the initrd lies. */
  readonly initrd?: { readonly start: bigint; readonly end: bigint };
  /** Entropy for the guest's random number generator; without it the guest gathers its own, slowly. */
  readonly rngSeed?: Uint8Array;
  /** Entropy for where the kernel puts itself. */
  readonly kaslrSeed?: bigint;
}

/** Phandle of the PLIC in the generated device tree. */
export const PLIC_PHANDLE = 1;
/** Phandle of the finisher in the generated device tree. */
export const FINISHER_PHANDLE = 2;

/** What every hart offers in every composition. Add `h` where the guest may run guests of its own. */
export const BASE_EXTENSIONS: readonly string[] = [
  'i',
  'm',
  'a',
  'f',
  'd',
  'c',
  'zicntr',
  'zicsr',
  'zifencei',
  'zihpm',
  'zba',
  'zbb',
  'zbs',
  'sstc',
];

/** The machine as QEMU's `virt` lays it out. Override what differs. */
export function virtMachine(
  options: Partial<MachineDescription> & { readonly memory: RegisterWindow },
): MachineDescription {
  const mode = options.mode ?? 'hypervisor';
  return {
    mode,
    harts: 1,
    timebase: 10_000_000,
    extensions: mode === 'hypervisor' ? BASE_EXTENSIONS : [...BASE_EXTENSIONS, 'h'],
    mmu: 'riscv,sv57',
    plic: { base: 0x0c00_0000n, size: 0x400_0000n, sources: 96 },
    clint: { base: 0x0200_0000n, size: 0x1_0000n },
    sswi: { base: 0x02f0_0000n, size: 0x4000n },
    uart: { base: 0x1000_0000n, size: 0x100n, irq: 10 },
    finisher: { base: 0x0010_0000n, size: 0x1000n },
    rtc: { base: 0x0010_1000n, size: 0x1000n, irq: 11 },
    ...options,
  };
}

const SINGLE_LETTER_ORDER = 'iemafdqlcbkjtpvnh';

/** The ISA string, canonically ordered (Unprivileged ISA, "ISA Extension Naming Conventions"): `rv64imafdch_zicsr_sstc`. */
export function isaString(extensions: readonly string[]): string {
  const { letters, words } = canonicalExtensions(extensions);
  return `rv64${letters.join('')}${words.map((word) => `_${word}`).join('')}`;
}

/** The extensions without repetition: single letters, then Z by the letter they relate to, then S. */
export function canonicalExtensions(extensions: readonly string[]): { letters: string[]; words: string[] } {
  const all = [...new Set(extensions.map((name) => name.toLowerCase()))];
  const rank = (letter: string) => {
    const index = SINGLE_LETTER_ORDER.indexOf(letter);
    return index < 0 ? SINGLE_LETTER_ORDER.length : index;
  };
  const key = (word: string) =>
    word.startsWith('z') ? `0${String(rank(word[1] ?? '')).padStart(2, '0')}${word}` : `1${word}`;
  return {
    letters: all.filter((name) => name.length === 1).sort((a, b) => rank(a) - rank(b)),
    words: all.filter((name) => name.length > 1).sort((a, b) => (key(a) < key(b) ? -1 : 1)),
  };
}
