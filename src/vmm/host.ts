// The host as programs use it: the machine (host/), and the ways to make what runs on it.
import { HostMachine, type HostMachineOptions, type HostParts } from '../host/index.js';
import { HypercraftError } from '../isa/error.js';
import type { HartOptions } from './hart/messages.js';
import { HOST_DEVICES, HostDevice, type HostDeviceName } from './passthrough/index.js';
import { PerCpu } from './per-cpu.js';
import { Scheduler } from './scheduler/index.js';
import { Harts } from './vm/harts.js';
import type { Platform } from './vm/platform.js';
import { Vm, type VmConfig } from './vm/vm.js';

/** Options of {@link Host.create}; all have defaults. */
export interface HostOptions extends Omit<HostMachineOptions, 'clock'> {
  /** The runtime; that of the web platform unless something better is known, such as `nodePlatform()`. */
  readonly platform?: Platform;
  /** How the harts share their time between guests. */
  readonly scheduler?: HartOptions;
  /** Instead of the platform's. */
  readonly clock?: HostMachineOptions['clock'];
}

let defaultPlatform: (() => Platform) | undefined;

/** Called by the package's entry point: the platform of hosts that are given none. */
export function setDefaultPlatform(make: () => Platform): void {
  defaultPlatform = make;
}

/**
 * A machine that runs guests.
 *
 * @example
 * ```ts
 * const host = await Host.create();
 * const npt = new NestedPageTable(host);
 * npt.map(0x8000_0000n, host.allocPages(1), 4096, 'rwx');
 * const vcpu = host.perCpu(0).createVcpu(0, 0x8000_0000n, { table: npt });
 * const exit = vcpu.run({ budget: 1000 });
 * ```
 */
export class Host extends HostMachine {
  /** Where it runs. */
  readonly platform: Platform;
  readonly #perCpus = new Map<number, PerCpu>();
  readonly #devices = new Map<HostDeviceName, HostDevice>();

  protected constructor(parts: HostParts, platform: Platform) {
    super(parts);
    this.platform = platform;
  }

  /**
   * Makes a host: memory, harts, and the engine that runs them.
   * @throws HypercraftError `INVALID_ARGUMENT` for a memory size, hart count or timebase that cannot be.
   */
  static async create(options: HostOptions = {}): Promise<Host> {
    const platform = options.platform ?? defaultPlatform?.();
    if (platform === undefined) {
      throw new HypercraftError('NO_PLATFORM', 'a host needs a platform, or to be imported from the package itself');
    }
    const module = await platform.engine;
    const own = { clock: platform.clock, entropy: platform.entropy, ...(module && { module }) };
    const host = new Host(await HostMachine.prepare({ ...own, ...options }, platform.takeMemory?.()), platform);
    if (options.scheduler !== undefined) {
      // What a worker would only find out later.
      new Scheduler(options.scheduler);
      Harts.configure(host, options.scheduler);
    }
    return host;
  }

  /** The queue of vCPUs of a hart. */
  perCpu(hart: number): PerCpu {
    if (this.harts[hart] === undefined) {
      throw new HypercraftError('INVALID_ARGUMENT', `this host has ${this.harts.length} harts, none is number ${hart}`);
    }
    const known = this.#perCpus.get(hart);
    if (known !== undefined) return known;
    const perCpu = new PerCpu(this, hart);
    this.#perCpus.set(hart, perCpu);
    return perCpu;
  }

  /**
   * A device of the host, to be given to a guest.
   * @throws HypercraftError `UNKNOWN_DEVICE`
   */
  device(name: HostDeviceName): HostDevice {
    if (!HOST_DEVICES.some((place) => place.name === name)) {
      const names = HOST_DEVICES.map((place) => place.name).join(', ');
      throw new HypercraftError('UNKNOWN_DEVICE', `this host has no device '${name}' (there are ${names})`);
    }
    const known = this.#devices.get(name) ?? new HostDevice(this, name);
    this.#devices.set(name, known);
    return known;
  }

  /**
   * For a program that ends without disposing of its guests, of which none runs any more: has kept what is kept for its next run. Resolves when that is
   * done.
   */
  settle(): Promise<void> {
    return Harts.of(this).settle();
  }

  /** Creates a guest: {@link Vm.create}. */
  createVm(config: VmConfig): Promise<Vm> {
    return Vm.create(this, this.platform, config);
  }
}
