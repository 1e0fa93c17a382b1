// The public face of devices/: device models and the interrupt controllers' host side.
export { Aclint, type AclintState } from './aclint.js';
export {
  type AccessWidth,
  type DeviceState,
  expectState,
  type FdtNode,
  type FdtPlace,
  type FdtValue,
  type IrqLine,
  type MmioDevice,
  placeProps,
  regCells,
  type Saveable,
} from './device.js';
export { Finisher, type FinisherCause, type FinisherState } from './finisher.js';
export { GoldfishRtc, type GoldfishRtcState } from './goldfish-rtc.js';
export { Plic, type PlicState } from './plic.js';
export { ByteRing, type ByteRingState } from './ring.js';
export { UART_WORDS } from './uart-words.js';
export { Uart16550, type Uart16550Options, type Uart16550State } from './uart16550.js';
export { clearVmBlock, HART_LINES, type HartLines, type IrqChipEngine, wireHarts } from './vm-block.js';
