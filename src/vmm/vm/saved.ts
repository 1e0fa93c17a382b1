// A machine's configuration as it lies in a snapshot.
import { MAX_VCPUS } from '../../engine/hart/layout.js';
import { type HostMachine, PAGE_SIZE } from '../../host/index.js';
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
  const { name, machine, boot, nestedPaging, virtualTime, seed } = description;
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
