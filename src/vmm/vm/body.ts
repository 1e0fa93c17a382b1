// What a guest is made of on its host: memory, vCPUs, the areas that it shares with the threads that run it, a place on these threads.
// Nothing here knows what state the guest is in; that is Vm's.
import type { HostMachine } from '../../host/index.js';
import { GuestMemory } from '../guest-memory.js';
import { GuestRam } from '../guest-ram.js';
import type { MachineConfig } from '../machine/config.js';
import { Control } from '../machine/control.js';
import type { MachineState } from '../machine/state.js';
import { NestedPageTable } from '../nested-page-table.js';
import { shapeOf } from '../nested-pte.js';
import { PageBudget } from '../page-budget.js';
import { type BackingPlace, openBacking } from '../snapshot/backing.js';
import { VCpu } from '../vcpu.js';
import type { VmConfig } from './config.js';
import { ConsoleEnd } from './console-end.js';
import { Driver } from './driver.js';
import type { Holdings } from './holdings.js';
import { planMachine } from './plan.js';
import type { Platform } from './platform.js';

/** Where a guest lives. */
export interface Place {
  readonly host: HostMachine;
  readonly platform: Platform;
}

/** What a guest goes on from that does not start at its beginning. */
export interface Origin {
  /** Absent while the guest is still on its way. */
  readonly state?: MachineState;
  /** Where the memory lies that it has not touched yet. */
  readonly backing?: BackingPlace;
}

/** What it takes to make one. */
export interface BodyOptions {
  readonly place: Place;
  readonly config: VmConfig;
  /** Takes in what is to go back to the host. */
  readonly holdings: Holdings;
  readonly origin?: Origin | undefined;
}

export class Body {
  readonly place: Place;
  readonly host: HostMachine;
  readonly config: VmConfig;
  readonly origin: Origin | undefined;
  readonly holdings: Holdings;
  /** Its time comes from retired instructions. */
  readonly virtual: boolean;
  readonly table: NestedPageTable;
  readonly ram: GuestRam;
  readonly budget: PageBudget;
  readonly memory: GuestMemory;
  /** Its VM control block. */
  readonly block: number;
  readonly vcpus: readonly VCpu[];
  readonly control: Control;
  readonly console: ConsoleEnd;
  #driver: Driver;
  #plan: MachineConfig;

  /** @throws HypercraftError `NO_MEMORY`, `NO_SLOT`, `NO_THREADS`, `INVALID_ARGUMENT`; what was taken until then is in `holdings` */
  constructor({ place, config, holdings, origin }: BodyOptions) {
    const { host, platform } = place;
    const { machine, nestedPaging: mode } = config;
    const { buffer } = host.engine.memory;
    this.place = place;
    this.host = host;
    this.config = config;
    this.origin = origin;
    this.holdings = holdings;
    this.virtual = config.virtualTime !== undefined || config.deterministic !== undefined;
    const table = holdings.keep(new NestedPageTable(host, mode === undefined ? {} : { mode }));
    this.table = table;
    const budget = holdings.deviceBytes(PageBudget.bytes);
    this.budget = new PageBudget(buffer, budget);
    this.budget.limitBytes(config.memoryLimit);
    this.ram = new GuestRam({
      host,
      shape: shapeOf(host.memory, table.token),
      blocks: origin === undefined,
      backing: origin?.backing && openBacking(origin.backing, platform.openFile),
      budget: this.budget,
      moved: (_, release) => table.moved(release),
    });
    table.ram = this.ram;
    this.memory = new GuestMemory(host.memory, table);
    this.block = holdings.vmBlock();
    const areas = Array.from({ length: machine.harts }, () => holdings.vcpuArea());
    this.vcpus = areas.map((area, id) => {
      return new VCpu(host, { id, area, composition: machine.mode, table, resume: true });
    });
    const control = holdings.deviceBytes(Control.bytesFor(machine.harts));
    const threads = config.threads ?? platform.spawnWorker !== undefined;
    // In virtual time harts take turns; and a bare program's mailbox is looked at after each of them.
    const one = this.virtual || (machine.mode === 'bare' && config.boot.htif !== undefined);
    const wanted = one ? 1 : machine.harts;
    this.#driver = holdings.keep(new Driver(host, platform, threads, { wanted, pin: config.pin }));
    const { bells } = this.#driver;
    this.control = new Control(buffer, { offset: control, harts: machine.harts, bells });
    this.#spread();
    this.console = new ConsoleEnd(buffer, holdings);
    this.#plan = planMachine(config, {
      vcpuAreas: areas,
      vmBlock: this.block,
      token: table.token,
      budget,
      control,
      bells: bells.map(({ offset }) => offset),
      input: this.console.input,
      output: this.console.output,
      ...(origin?.backing && { backing: origin.backing }),
      ...(origin?.state && { state: origin.state }),
    });
  }

  /** Its place on the threads of its host's harts. */
  get driver(): Driver {
    return this.#driver;
  }

  get plan(): MachineConfig {
    return this.#plan;
  }

  /** A place on another hart of the host, and nothing of it there yet. @throws HypercraftError `NO_THREADS` */
  newDriver(hart: number): Driver {
    const { host, platform } = this.place;
    return this.holdings.keep(new Driver(host, platform, true, { wanted: 1, pin: [hart] }));
  }

  /** It lives there from now on; the threads that it had know nothing of it any more. */
  rehouse(driver: Driver): void {
    const { bells } = driver;
    this.#driver = driver;
    this.#plan = { ...this.#plan, bells: bells.map(({ offset }) => offset) };
    this.control.rehang(bells);
    this.#spread();
  }

  /** Its vCPUs begin on its threads by turns. */
  #spread(): void {
    for (const { id } of this.vcpus) this.control.place(id, id % this.#driver.bells.length);
  }
}
