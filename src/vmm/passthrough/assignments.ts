// Which devices of the host a guest has: a leaf of its nested page table names the device's registers, and its PLIC gets the
// device's interrupt. Nothing of the guest's own machine stands between the two.
import { type GuestPhysAddr, PAGE_SIZE } from '../../host/index.js';
import { HypercraftError } from '../../isa/error.js';
import type { NestedPageTable } from '../nested-page-table.js';
import type { HostDevice } from './host-device.js';
import type { Connection, HostDeviceName } from './place.js';

/** Where a guest sees a device of the host; places that are free in the `virt` map by default. */
export interface AssignOptions {
  /** Where the guest finds it; the host's own address by default. */
  readonly gpa?: GuestPhysAddr;
  /** Source at the guest's PLIC. */
  readonly irq?: number;
}

/** What runs the guest, and serves the device to it. */
export interface DeviceThread {
  wake(): void;
  connect(connection: Connection, output: () => void): Promise<void>;
  disconnect(device: HostDeviceName): Promise<void>;
}

export interface AssignmentParts {
  readonly owner: { readonly name: string };
  readonly vmBlock: number;
  /** Sources its PLIC has. */
  readonly sources: number;
  readonly table: NestedPageTable;
  /** What runs the guest now. */
  readonly driver: () => DeviceThread;
}

export class Assignments {
  readonly #parts: AssignmentParts;
  readonly #held = new Map<HostDevice, GuestPhysAddr>();

  constructor(parts: AssignmentParts) {
    this.#parts = parts;
  }

  /** @throws HypercraftError `DEVICE_TAKEN`, `INVALID_ARGUMENT`, and what mapping a page throws */
  async assign(device: HostDevice, options: AssignOptions): Promise<void> {
    const { owner, vmBlock, sources, table, driver } = this.#parts;
    const { gpa = device.place.gpa, irq = device.place.irq } = options;
    if (!Number.isInteger(irq) || irq < 1 || irq > sources) {
      throw new HypercraftError('INVALID_ARGUMENT', `${owner.name} has no interrupt ${irq}`);
    }
    const places = device.take(owner, () => driver().wake());
    try {
      table.map(gpa, device.hpa, PAGE_SIZE, 'rw');
    } catch (error) {
      device.giveBack();
      throw error;
    }
    this.#held.set(device, gpa);
    await driver().connect({ device: device.name, vmBlock, irq, ...places }, () => device.announce());
  }

  /** @throws HypercraftError `DEVICE_NOT_ASSIGNED` */
  async release(device: HostDevice): Promise<void> {
    const { owner, table, driver } = this.#parts;
    const gpa = this.#held.get(device);
    if (gpa === undefined)
      throw new HypercraftError('DEVICE_NOT_ASSIGNED', `${owner.name} does not have ${device.name}`);
    this.#held.delete(device);
    table.unmap(gpa, PAGE_SIZE);
    await table.settled();
    await driver().disconnect(device.name);
    device.giveBack();
  }

  /** Names of the devices the guest has. */
  get names(): string[] {
    return [...this.#held.keys()].map(({ name }) => name);
  }

  /** The guest is gone, and its machine with it. */
  forget(): void {
    for (const device of this.#held.keys()) device.giveBack();
    this.#held.clear();
  }
}
