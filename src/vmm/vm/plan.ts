// From what a program asks for to what a machine is built from.
import { describeCpu, type MachineDescription } from '../../boot/index.js';
import { MAX_VCPUS } from '../../engine/hart/layout.js';
import { type HostMachine, PAGE_SIZE } from '../../host/index.js';
import { HypercraftError } from '../../isa/error.js';
import type { MachineConfig } from '../machine/config.js';
import type { MachineState } from '../machine/state.js';
import type { Share } from '../scheduler/index.js';
import type { BackingPlace } from '../snapshot/backing.js';
import type { VmConfig } from './config.js';

/** Where the parts of a machine lie in the shared memory, and what it goes on from if it does not start at its beginning. */
export interface MachinePlaces
  extends Pick<MachineConfig, 'vcpuAreas' | 'vmBlock' | 'token' | 'control' | 'bells' | 'input' | 'output'> {
  /** Offset of the count of its pages. */
  readonly budget: number;
  readonly state?: MachineState;
  /** Where the memory lies that it has not touched yet. */
  readonly backing?: BackingPlace;
}

/** 160 million instructions are a second of a 10 MHz timebase. */
const DEFAULT_SHIFT = 4;

/** @throws HypercraftError `INVALID_ARGUMENT` */
export function planMachine(config: VmConfig, places: MachinePlaces): MachineConfig {
  const { machine, boot, share } = config;
  const { backing, budget, state, ...parts } = places;
  return {
    ...parts,
    description: machine,
    ram: { blocks: state === undefined, whenFull: config.whenFull ?? 'pause', budget, ...(backing && { backing }) },
    ...(state && { state }),
    entry: boot.entry,
    a1: boot.dtbAddress,
    a2: boot.a2 ?? 0n,
    ...(machine.mode === 'bare' && boot.htif !== undefined ? { htif: boot.htif } : {}),
    remoteDevices: (config.devices ?? []).map(({ name, base, size }) => ({ name, base, size })),
    trace: config.traceExits ?? false,
    ...timing(config),
    ...(share === undefined ? {} : { share: checkedShare(share) }),
  };
}

/**
 * A machine that can be on a host.
 * @throws HypercraftError `INVALID_ARGUMENT`, `NO_MEMORY`
 */
export function demandFitting(machine: MachineDescription, host: HostMachine): MachineDescription {
  const { harts, memory } = machine;
  if (!Number.isInteger(harts) || harts < 1 || harts > MAX_VCPUS) {
    throw new HypercraftError('INVALID_ARGUMENT', `a machine has 1 to ${MAX_VCPUS} harts, not ${harts}`);
  }
  if (Number(memory.size) > host.pages.total * PAGE_SIZE) {
    throw new HypercraftError('NO_MEMORY', `${memory.size} bytes are more than the host has`);
  }
  return machine;
}

/** The plan of a machine that goes on from a state. */
export function goingOn(plan: MachineConfig, state: MachineState): MachineConfig {
  return { ...plan, ram: { ...plan.ram, blocks: false }, state };
}

/**
 * The configuration with the harts that it names in its machine.
 * @throws HypercraftError `CPU_NAME`
 */
export function withCpu(config: VmConfig): VmConfig {
  const { cpu, machine } = config;
  return cpu === undefined ? config : { ...config, machine: { ...machine, ...describeCpu(cpu, machine.mode) } };
}

/** @throws HypercraftError `INVALID_ARGUMENT` */
function checkedShare(share: Share): Share {
  for (const [name, value] of Object.entries(share)) {
    if (!(value > 0 && value < 1e6)) throw new HypercraftError('INVALID_ARGUMENT', `a ${name} of ${value} cannot be`);
  }
  return share;
}

/** How a machine's time passes. */
function timing({ virtualTime, deterministic }: VmConfig): Pick<MachineConfig, 'virtualTime' | 'seed' | 'script'> {
  if (deterministic === undefined) return virtualTime === undefined ? {} : { virtualTime };
  const { seed = 0n, script = new Uint8Array() } = deterministic;
  return { virtualTime: virtualTime ?? DEFAULT_SHIFT, seed, script };
}
