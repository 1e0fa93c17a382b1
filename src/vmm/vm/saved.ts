// A machine's configuration as it lies in a snapshot.
import { describeCpu, type MachineDescription } from '../../boot/index.js';
import { MAX_VCPUS } from '../../engine/hart/layout.js';
import { type HostMachine, PAGE_SIZE } from '../../host/index.js';
import { MAX_CPU } from '../../isa/cpu/cpu.js';
import { HypercraftError } from '../../isa/error.js';
import type { MachineConfig } from '../machine/config.js';
import type { Blueprint } from '../snapshot/snapshot.js';
import type { VmConfig } from './config.js';

/** What a machine is made of, beside its memory and its state. */
export function describe(name: string, config: VmConfig, { virtualTime }: MachineConfig): Blueprint {
  const { machine, boot, nestedPaging, deterministic } = config;
  const { entry, dtbAddress, a2, htif } = boot;
  return {
    name,
    machine,
    boot: { entry, dtbAddress, ...(a2 !== undefined && { a2 }), ...(htif && { htif }) },
    ...(nestedPaging && { nestedPaging }),
    ...(virtualTime !== undefined && { virtualTime }),
    ...(deterministic && { seed: deterministic.seed ?? 0n }),
  };
}

/**
 * What such a machine is made with again.
 * @throws HypercraftError `NO_MEMORY`
 */
export function configOf(host: HostMachine, description: Blueprint): VmConfig {
  const { name, boot, nestedPaging, virtualTime, seed } = description;
  const machine = withHarts(description.machine);
  if (machine.memory.size > BigInt(host.pages.total * PAGE_SIZE) || machine.harts < 1 || machine.harts > MAX_VCPUS) {
    throw new HypercraftError('NO_MEMORY', 'such a machine is larger than the host');
  }
  return {
    name,
    machine,
    boot: { ...boot, segments: [] },
    ...(nestedPaging && { nestedPaging }),
    ...(virtualTime !== undefined && { virtualTime }),
    ...(seed !== undefined && { deterministic: { seed } }),
  };
}

/**
 * The machine with all that its harts have. One that was saved before harts could be chosen (`--cpu`) lists what its device tree showed, a
 * few names, and its harts had everything. Lists made since then say which page tables the harts translate.
 */
function withHarts(machine: MachineDescription): MachineDescription {
  const known = machine.cpu !== undefined || machine.extensions.some((name) => name.startsWith('sv'));
  return known ? machine : { ...machine, ...describeCpu(MAX_CPU, machine.mode) };
}

/** What went wrong with a machine from elsewhere: the states of its parts are checked where they are taken in, and some only by failing. */
export function builtWrongly(error: unknown, code: string): HypercraftError {
  if (error instanceof HypercraftError && error.code !== 'INTERNAL' && !error.code.endsWith('MISMATCH')) return error;
  return new HypercraftError(code, 'this is not a machine that can be built', { cause: error });
}
