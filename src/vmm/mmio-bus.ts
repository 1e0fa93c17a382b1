// The MMIO bus: which device answers at a guest physical address. It splits 8-byte accesses for devices that have 32-bit
// registers, low half first, and answers nothing where there is nothing; what then becomes of the guest is the machine's
// business (an access fault).
import type { AccessWidth, MmioDevice } from '../devices/index.js';
import type { GuestPhysAddr } from '../host/index.js';
import { HypercraftError } from '../isa/error.js';

/** What the bus demands of a device: registers in a window. */
export type BusDevice = Pick<MmioDevice, 'name' | 'size' | 'read' | 'write'>;

/** A device and where it lies. */
export interface BusRegion {
  readonly base: GuestPhysAddr;
  readonly device: BusDevice;
}

interface Slot {
  readonly base: number;
  readonly end: number;
  readonly device: BusDevice;
}

export class MmioBus {
  /** Sorted by base; windows do not overlap. */
  readonly #slots: Slot[] = [];

  /** @throws HypercraftError `MMIO_OVERLAP` if the window meets another one, `INVALID_ARGUMENT` if it is none. */
  attach(base: GuestPhysAddr, device: BusDevice): void {
    const slot: Slot = { base: Number(base), end: Number(base) + device.size, device };
    if (base < 0n || !Number.isSafeInteger(slot.end) || device.size <= 0) {
      throw new HypercraftError('INVALID_ARGUMENT', `${device.name} has no window at 0x${base.toString(16)}`);
    }
    const other = this.#slots.find((taken) => slot.base < taken.end && taken.base < slot.end);
    if (other !== undefined) {
      throw new HypercraftError('MMIO_OVERLAP', `${device.name} overlaps ${other.device.name} on the MMIO bus`);
    }
    const index = this.#slots.findIndex((taken) => taken.base > slot.base);
    this.#slots.splice(index < 0 ? this.#slots.length : index, 0, slot);
  }

  /** @throws HypercraftError `MMIO_NOT_ATTACHED` */
  detach(device: BusDevice): void {
    const index = this.#slots.findIndex((slot) => slot.device === device);
    if (index < 0) throw new HypercraftError('MMIO_NOT_ATTACHED', `${device.name} is not on the MMIO bus`);
    this.#slots.splice(index, 1);
  }

  /** All regions by rising address. */
  regions(): BusRegion[] {
    return this.#slots.map(({ base, device }) => ({ base: BigInt(base), device }));
  }

  /** The value read, or undefined where no device answers or the access is not naturally aligned. */
  read(gpa: GuestPhysAddr, width: 1 | 2 | 4 | 8): bigint | undefined {
    const slot = this.#find(gpa, width);
    if (slot === undefined) return undefined;
    const offset = Number(gpa) - slot.base;
    if (width !== 8) return BigInt(slot.device.read(offset, width) >>> 0);
    const low = slot.device.read(offset, 4) >>> 0;
    const high = slot.device.read(offset + 4, 4) >>> 0;
    return (BigInt(high) << 32n) | BigInt(low);
  }

  /** Whether a device took the write. */
  write(gpa: GuestPhysAddr, width: 1 | 2 | 4 | 8, value: bigint): boolean {
    const slot = this.#find(gpa, width);
    if (slot === undefined) return false;
    const offset = Number(gpa) - slot.base;
    if (width === 8) {
      slot.device.write(offset, 4, Number(value & 0xffff_ffffn));
      slot.device.write(offset + 4, 4, Number((value >> 32n) & 0xffff_ffffn));
    } else {
      slot.device.write(offset, width as AccessWidth, Number(BigInt.asUintN(width * 8, value)));
    }
    return true;
  }

  #find(gpa: GuestPhysAddr, width: number): Slot | undefined {
    const at = Number(gpa);
    if (!Number.isSafeInteger(at) || at % width !== 0) return undefined;
    let low = 0;
    let high = this.#slots.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#slots[middle]!.end <= at) low = middle + 1;
      else high = middle;
    }
    const slot = this.#slots[low];
    return slot !== undefined && at >= slot.base && at + width <= slot.end ? slot : undefined;
  }
}
