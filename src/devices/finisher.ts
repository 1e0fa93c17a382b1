// The test finisher: one register that ends the machine. SiFive's "test" device as in QEMU's `virt`, which a device tree
// also offers as a syscon, so that Linux powers off and reboots through it.
//
//   0x0  w32   bits 15..0 what to do, bits 31..16 a failure's code; reads as zero
import {
  type AccessWidth,
  type DeviceState,
  expectState,
  type FdtNode,
  type FdtPlace,
  type MmioDevice,
  placeProps,
} from './device.js';

const FAIL = 0x3333;
const PASS = 0x5555;
const RESET = 0x7777;

/** What a guest asked of the finisher. */
export type FinisherCause =
  | { readonly kind: 'power-off' }
  | { readonly kind: 'failure'; readonly code: number }
  | { readonly kind: 'reboot' };

/** The finisher holds nothing between two writes. */
export interface FinisherState extends DeviceState {
  readonly kind: 'finisher';
  readonly version: 1;
}

/** The power switch of a machine. */
export class Finisher implements MmioDevice {
  readonly name = 'finisher';
  readonly size = 0x1000;
  readonly #onFinish: (cause: FinisherCause) => void;

  constructor(options: { readonly onFinish: (cause: FinisherCause) => void }) {
    this.#onFinish = options.onFinish;
  }

  read(_offset: number, _width: AccessWidth): number {
    return 0;
  }

  write(offset: number, width: AccessWidth, value: number): void {
    if (offset !== 0 || width < 2) return;
    const action = value & 0xffff;
    if (action === PASS) this.#onFinish({ kind: 'power-off' });
    else if (action === RESET) this.#onFinish({ kind: 'reboot' });
    else if (action === FAIL) this.#onFinish({ kind: 'failure', code: width === 4 ? value >>> 16 : 0 });
  }

  save(): FinisherState {
    return { kind: 'finisher', version: 1 };
  }

  restore(state: DeviceState): void {
    expectState<FinisherState>(state, 'finisher', 1);
  }

  fdtNode(place: FdtPlace): FdtNode {
    return {
      name: `test@${place.base.toString(16)}`,
      properties: { compatible: ['sifive,test1', 'sifive,test0', 'syscon'], ...placeProps(place, this.size) },
    };
  }

  /** The nodes by which an operating system finds power-off and reboot; `phandle` is that of the finisher's own node. */
  sysconNodes(phandle: number): FdtNode[] {
    const node = (action: string, value: number): FdtNode => ({
      name: action,
      properties: { compatible: `syscon-${action}`, regmap: phandle, offset: 0, value },
    });
    return [node('poweroff', PASS), node('reboot', RESET)];
  }
}
