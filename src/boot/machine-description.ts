// What a machine is made of, as plain data: the device tree is generated from it. The addresses are those of QEMU's
// `virt` machine, which kernels for teaching hard-code.

import { cpuExtensions, MAX_CPU } from '../isa/cpu/cpu.js';
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
  /** What the user called the harts: `max`, a profile or an ISA string. `extensions` and `mmu` were made of it. */
  readonly cpu?: string;
  /**
   * What the harts have, in lower case, single letters too: `['i', 'm', 'a', ..., 'zicsr', 'sstc']`, with all that it implies; order
   * does not matter. The device tree shows it, and what is not in it traps.
   */
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

/**
 * What the guest's harts have, by what the user calls them (see {@link cpuExtensions}), and the page tables they translate. A guest of
 * `hypervisor` is shown nothing of the levels above it: neither H nor what concerns machine mode.
 * @throws HypercraftError `CPU_NAME`
 */
export function describeCpu(cpu: string, mode: MachineMode): Pick<MachineDescription, 'cpu' | 'extensions' | 'mmu'> {
  const all = cpuExtensions(cpu);
  const above = (name: string): boolean => name === 'h' || name.startsWith('sh') || name.startsWith('sm');
  const extensions = mode === 'hypervisor' ? all.filter((name) => !above(name)) : all;
  const mmu = all.includes('sv57') ? 'riscv,sv57' : all.includes('sv48') ? 'riscv,sv48' : 'riscv,sv39';
  return { cpu, extensions, mmu };
}

/**
 * The machine as QEMU's `virt` lays it out. Override what differs; `cpu` decides about `extensions` and `mmu`.
 * @throws HypercraftError `CPU_NAME`
 */
export function virtMachine(
  options: Partial<MachineDescription> & { readonly memory: RegisterWindow },
): MachineDescription {
  const mode = options.mode ?? 'hypervisor';
  return {
    mode,
    ...describeCpu(options.cpu ?? MAX_CPU, mode),
    harts: 1,
    timebase: 10_000_000,
    plic: { base: 0x0c00_0000n, size: 0x400_0000n, sources: 96 },
    clint: { base: 0x0200_0000n, size: 0x1_0000n },
    sswi: { base: 0x02f0_0000n, size: 0x4000n },
    uart: { base: 0x1000_0000n, size: 0x100n, irq: 10 },
    finisher: { base: 0x0010_0000n, size: 0x1000n },
    rtc: { base: 0x0010_1000n, size: 0x1000n, irq: 11 },
    ...options,
  };
}
