// The machine a command line asks for: checked options turned into the description that boot and vmm work from.
import { type MachineDescription, type MachineMode, virtMachine } from '../boot/index.js';
import { HypercraftError } from '../isa/error.js';
import { type ParsedOptions, parseChoice, parseCount, parseSize, usage } from './options.js';

const MIB = 2 ** 20;
const RAM_BASE = 0x8000_0000n;
const DEFAULT_MEMORY = 512 * MIB;
const MIN_MEMORY = 4 * MIB;
/** What the 4 GiB of a host leave for one guest, after the monitor's own state and the nested page table. */
const MAX_MEMORY = 3840 * MIB;
const MAX_HARTS = 32;
const PAGE_BYTES = 4096;

export const MODES: readonly MachineMode[] = ['hypervisor', 'firmware', 'bare'];

/** Reads `--mode`, `--memory`, `--smp`, `--cpu` and what `--bios` says about the mode. Throws `USAGE`. */
export function machineFrom({ values }: ParsedOptions): MachineDescription {
  const bios = values.has('--bios');
  const asked = values.get('--mode');
  const mode = asked === undefined ? (bios ? 'bare' : 'hypervisor') : parseChoice('--mode', asked, MODES);
  if (bios && mode !== 'bare') throw usage(`--bios starts in M-mode: it needs --mode bare, not ${mode}`);

  const text = values.get('--memory');
  const size = text === undefined ? DEFAULT_MEMORY : parseSize('--memory', text);
  if (size > MAX_MEMORY) throw usage(`--memory: ${text} is too much, at most ${MAX_MEMORY / MIB}M`);
  if (size < MIN_MEMORY) throw usage(`--memory: ${text} is too little, at least ${MIN_MEMORY / MIB}M`);
  if (size % PAGE_BYTES !== 0) throw usage(`--memory: ${text} is not a multiple of 4K`);

  const smp = values.get('--smp');
  const harts = smp === undefined ? 1 : parseCount('--smp', smp, { min: 1, max: MAX_HARTS });
  const cpu = values.get('--cpu');
  try {
    return virtMachine({
      mode,
      harts,
      memory: { base: RAM_BASE, size: BigInt(size) },
      ...(cpu !== undefined && { cpu }),
    });
  } catch (error) {
    if (error instanceof HypercraftError && error.code === 'CPU_NAME') throw usage(`--${error.message}`);
    throw error;
  }
}
