// The device tree of the machine as built, in the shape of QEMU's `virt`. Devicetree Specification 0.4, chapter 3; Linux,
// Documentation/devicetree/bindings/{riscv/cpus,riscv/extensions,interrupt-controller/sifive,plic-1.0.0}.yaml.

import { canonicalExtensions, isaString } from '../isa/cpu/isa-string.js';
import { isPromise } from '../isa/cpu/names.js';
import { HypercraftError } from '../isa/error.js';
import { encodeFdtValue, type Fdt, type FdtNode, type FdtReadNode, type FdtValue, readFdt, writeFdt } from './fdt.js';
import {
  type ChosenDescription,
  FINISHER_PHANDLE,
  type InterruptingWindow,
  type MachineDescription,
  PLIC_PHANDLE,
  type RegisterWindow,
} from './machine-description.js';

const IRQ_S_SOFTWARE = 1;
const IRQ_M_SOFTWARE = 3;
const IRQ_M_TIMER = 7;
const IRQ_S_EXTERNAL = 9;
const IRQ_M_EXTERNAL = 11;
/** "This context is not present", as the PLIC binding has it. */
const NO_CONTEXT = 0xffff_ffff;
const FINISHER_POWER_OFF = 0x5555;
const FINISHER_REBOOT = 0x7777;
const UART_CLOCK = 3_686_400;

/** Phandle of hart `hart`'s interrupt controller. */
export function hartInterruptPhandle(hart: number): number {
  return 0x10 + 2 * hart;
}

function hartPhandle(hart: number): number {
  return 0x11 + 2 * hart;
}

/** The device tree blob for `machine`, booted as `chosen` says. */
export function buildDeviceTree(machine: MachineDescription, chosen: ChosenDescription = {}): Uint8Array {
  return writeFdt(describeMachine(machine, chosen));
}

/** The same as a tree, for printing or changing before it is written. */
export function describeMachine(machine: MachineDescription, chosen: ChosenDescription = {}): Fdt {
  if (!Number.isInteger(machine.harts) || machine.harts < 1) {
    throw new HypercraftError('MACHINE_HARTS', `a machine needs at least one hart, not ${machine.harts}`);
  }
  const children: FdtNode[] = [
    chosenNode(machine, chosen),
    {
      name: `memory@${machine.memory.base.toString(16)}`,
      properties: { device_type: 'memory', reg: reg(machine.memory) },
    },
    ...reservedMemory(machine),
    cpus(machine),
    ...finisherUsers(machine),
    soc(machine),
    ...(machine.nodes ?? []),
  ];
  const properties = {
    '#address-cells': 2,
    '#size-cells': 2,
    compatible: 'riscv-virtio',
    model: machine.model ?? 'riscv-virtio,hypercraft',
  };
  return { root: { name: '', properties, children } };
}

function reg(window: RegisterWindow): readonly bigint[] {
  return [window.base, window.size];
}

/** `name@address`, with `reg` first as readers of a tree expect it. */
function device(name: string, window: RegisterWindow, properties: Record<string, FdtValue>): FdtNode {
  return { name: `${name}@${window.base.toString(16)}`, properties: { reg: reg(window), ...properties } };
}

function interrupting(name: string, window: InterruptingWindow, properties: Record<string, FdtValue>): FdtNode {
  return device(name, window, { ...properties, interrupts: window.irq, 'interrupt-parent': PLIC_PHANDLE });
}

function chosenNode(machine: MachineDescription, chosen: ChosenDescription): FdtNode {
  const stdout: Record<string, FdtValue> = machine.uart
    ? { 'stdout-path': `/soc/serial@${machine.uart.base.toString(16)}` }
    : {};
  return { name: 'chosen', properties: { ...stdout, ...chosenProperties(chosen) } };
}

function chosenProperties(chosen: ChosenDescription): Record<string, FdtValue> {
  const properties: Record<string, FdtValue> = {};
  if (chosen.bootargs !== undefined) properties.bootargs = chosen.bootargs;
  if (chosen.initrd) {
    properties['linux,initrd-start'] = chosen.initrd.start;
    properties['linux,initrd-end'] = chosen.initrd.end;
  }
  if (chosen.rngSeed) properties['rng-seed'] = chosen.rngSeed;
  if (chosen.kaslrSeed !== undefined) properties['kaslr-seed'] = chosen.kaslrSeed;
  return properties;
}

function reservedMemory(machine: MachineDescription): FdtNode[] {
  if (!machine.reserved?.length) return [];
  const children = machine.reserved.map((window) => device(window.name, window, { 'no-map': true }));
  const properties: Record<string, FdtValue> = { '#address-cells': 2, '#size-cells': 2, ranges: true };
  return [{ name: 'reserved-memory', properties, children }];
}

/** Bytes of a cache block (Zic64b). */
const CACHE_BLOCK = 64;

/** Bytes that readers of `riscv,isa` have for it: U-Boot will not start with more. */
const ISA_STRING_BYTES = 512;

/** What the harts have. Page-table formats are told by mmu-type alone. */
function isaProperties({ extensions }: MachineDescription): Record<string, FdtValue> {
  const shown = extensions.filter((name) => !/^sv\d+$/.test(name));
  const { letters, words } = canonicalExtensions(shown);
  const isa = isaString(shown);
  const properties: Record<string, FdtValue> = {
    'riscv,isa': isa.length < ISA_STRING_BYTES ? isa : isaString(shown.filter((name) => !isPromise(name))),
    'riscv,isa-base': 'rv64i',
    'riscv,isa-extensions': [...letters, ...words],
  };
  for (const kind of ['cbom', 'cbop', 'cboz']) {
    if (extensions.includes(`zi${kind}`)) properties[`riscv,${kind}-block-size`] = CACHE_BLOCK;
  }
  return properties;
}

function cpus(machine: MachineDescription): FdtNode {
  const harts = Array.from({ length: machine.harts }, (_, hart) => hart);
  const isa = isaProperties(machine);
  const nodes: FdtNode[] = harts.map((hart) => ({
    name: `cpu@${hart.toString(16)}`,
    properties: {
      device_type: 'cpu',
      reg: hart,
      status: 'okay',
      compatible: 'riscv',
      ...isa,
      'mmu-type': machine.mmu,
      phandle: hartPhandle(hart),
    },
    children: [
      {
        name: 'interrupt-controller',
        properties: {
          '#address-cells': 0,
          '#interrupt-cells': 1,
          'interrupt-controller': true,
          compatible: 'riscv,cpu-intc',
          phandle: hartInterruptPhandle(hart),
        },
      },
    ],
  }));
  const cores = harts.map((hart) => ({ name: `core${hart}`, properties: { cpu: hartPhandle(hart) } }));
  const map: FdtNode = {
    name: 'cpu-map',
    properties: {},
    children: [{ name: 'cluster0', properties: {}, children: cores }],
  };
  return {
    name: 'cpus',
    properties: { '#address-cells': 1, '#size-cells': 0, 'timebase-frequency': machine.timebase },
    children: [...nodes, map],
  };
}

function soc(machine: MachineDescription): FdtNode {
  const children: FdtNode[] = [];
  const { plic, clint, sswi, uart, rtc, finisher } = machine;
  const guestHasMachineMode = machine.mode === 'bare';
  const perHart = (cells: (hart: number) => number[]) =>
    Array.from({ length: machine.harts }, (_, hart) => cells(hartInterruptPhandle(hart))).flat();

  if (finisher) {
    children.push(
      device('test', finisher, { compatible: ['sifive,test1', 'sifive,test0', 'syscon'], phandle: FINISHER_PHANDLE }),
    );
  }
  if (rtc) children.push(interrupting('rtc', rtc, { compatible: 'google,goldfish-rtc' }));
  if (uart) {
    const clock = uart.clockFrequency ?? UART_CLOCK;
    children.push(interrupting('serial', uart, { compatible: 'ns16550a', 'clock-frequency': clock }));
  }
  for (const window of machine.virtioMmio ?? []) {
    children.push(interrupting('virtio_mmio', window, { compatible: 'virtio,mmio' }));
  }
  children.push(...(machine.devices ?? []));
  if (plic) {
    const machineContext = guestHasMachineMode ? IRQ_M_EXTERNAL : NO_CONTEXT;
    children.push(
      device('plic', plic, {
        compatible: ['sifive,plic-1.0.0', 'riscv,plic0'],
        '#address-cells': 0,
        '#interrupt-cells': 1,
        'interrupt-controller': true,
        'interrupts-extended': perHart((cpu) => [cpu, machineContext, cpu, IRQ_S_EXTERNAL]),
        'riscv,ndev': plic.sources,
        phandle: PLIC_PHANDLE,
      }),
    );
  }
  if (clint && guestHasMachineMode) {
    children.push(
      device('clint', clint, {
        compatible: ['sifive,clint0', 'riscv,clint0'],
        'interrupts-extended': perHart((cpu) => [cpu, IRQ_M_SOFTWARE, cpu, IRQ_M_TIMER]),
      }),
    );
  }
  if (sswi && clint && guestHasMachineMode) {
    children.push(
      device('interrupt-controller', sswi, {
        compatible: 'riscv,aclint-sswi',
        '#address-cells': 0,
        '#interrupt-cells': 0,
        'interrupt-controller': true,
        'interrupts-extended': perHart((cpu) => [cpu, IRQ_S_SOFTWARE]),
      }),
    );
  }
  return {
    name: 'soc',
    properties: { '#address-cells': 2, '#size-cells': 2, compatible: 'simple-bus', ranges: true },
    children,
  };
}

function finisherUsers(machine: MachineDescription): FdtNode[] {
  if (!machine.finisher) return [];
  const user = (name: string, compatible: string, value: number): FdtNode => ({
    name,
    properties: { compatible, regmap: FINISHER_PHANDLE, offset: 0, value },
  });
  return [user('poweroff', 'syscon-poweroff', FINISHER_POWER_OFF), user('reboot', 'syscon-reboot', FINISHER_REBOOT)];
}

/** The first register window of the first node compatible with `compatible`; used to check a user's own tree. */
export function findCompatible(node: FdtReadNode, compatible: string): FdtReadNode | undefined {
  const own = node.properties.compatible;
  if (own && new TextDecoder().decode(own).split('\0').includes(compatible)) return node;
  for (const child of node.children) {
    const found = findCompatible(child, compatible);
    if (found) return found;
  }
  return undefined;
}

/**
 * A user's own device tree with /chosen completed for this boot: the command line and the initrd are replaced where
 * given; all else stays.
 *
 * @throws HypercraftError what {@link readFdt} throws.
 */
export function amendChosen(blob: Uint8Array, chosen: ChosenDescription): Uint8Array {
  const fdt = readFdt(blob);
  const added = Object.entries(chosenProperties(chosen)).map(([name, value]) => [name, encodeFdtValue(value)] as const);
  const old = fdt.root.children.find((node) => node.name === 'chosen');
  const properties = { ...old?.properties, ...Object.fromEntries(added) };
  const next: FdtReadNode = { name: 'chosen', properties, children: old?.children ?? [] };
  const children = [next, ...fdt.root.children.filter((node) => node !== old)];
  return writeFdt({ ...fdt, root: { ...fdt.root, children } });
}
