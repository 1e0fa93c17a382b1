// The devices of the host itself, where they lie in its physical address space: above all memory, so that a leaf of a nested
// page table that names one is never taken for memory.
//
//   0x1_0010_1000  rtc    Goldfish real-time clock
//   0x1_1000_1000  uart1  the second serial port; the first one is nobody's but the host's
import type { FdtNode } from '../../boot/fdt.js';
import { PLIC_PHANDLE } from '../../boot/machine-description.js';
import type { HostPhysAddr } from '../../host/index.js';
import { HOST_MMIO } from '../../host/index.js';
import type { RingPlace } from '../machine/config.js';

export interface HostDevicePlace {
  readonly name: string;
  readonly hpa: HostPhysAddr;
  /** Where a guest is given it unless it asks for another place: free in the `virt` map. */
  readonly gpa: bigint;
  readonly irq: number;
  /** How a device tree calls it. */
  readonly node: string;
  readonly compatible: string;
}

export const HOST_DEVICES = [
  {
    name: 'uart1',
    hpa: HOST_MMIO + 0x1000_1000n,
    gpa: 0x1000_9000n,
    irq: 12,
    node: 'serial',
    compatible: 'ns16550a',
  },
  {
    name: 'rtc',
    hpa: HOST_MMIO + 0x0010_1000n,
    gpa: 0x0010_2000n,
    irq: 13,
    node: 'rtc',
    compatible: 'google,goldfish-rtc',
  },
] as const satisfies readonly HostDevicePlace[];

/** Devices of the host that one guest can be given. */
export type HostDeviceName = (typeof HOST_DEVICES)[number]['name'];

/** What a hart's thread needs to know to serve a device to a guest. */
export interface Connection {
  readonly device: HostDeviceName;
  /** The VM control block whose PLIC gets the device's interrupt, and the source there. */
  readonly vmBlock: number;
  readonly irq: number;
  /** Of a serial port. */
  readonly input: RingPlace;
  readonly output: RingPlace;
}

const UART_CLOCK = 3_686_400;

/** A device tree node for a device of the host as a guest sees it; for `devices` of a machine's description. */
export function hostDeviceNode(
  name: HostDeviceName,
  at: { readonly gpa?: bigint; readonly irq?: number } = {},
): FdtNode {
  const place = HOST_DEVICES.find((device) => device.name === name)!;
  const gpa = at.gpa ?? place.gpa;
  return {
    name: `${place.node}@${gpa.toString(16)}`,
    properties: {
      reg: [gpa, 0x1000n],
      compatible: place.compatible,
      ...(name === 'uart1' ? { 'clock-frequency': UART_CLOCK } : {}),
      interrupts: at.irq ?? place.irq,
      'interrupt-parent': PLIC_PHANDLE,
    },
  };
}
