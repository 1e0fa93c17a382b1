// The public face of pass-through.
export { Assignments, type AssignOptions } from './assignments.js';
export { HostBoard } from './host-board.js';
export { type DeviceOwner, HostDevice, type HostDeviceEvents } from './host-device.js';
export {
  type Connection,
  HOST_DEVICES,
  type HostDeviceName,
  type HostDevicePlace,
  hostDeviceNode,
} from './place.js';
