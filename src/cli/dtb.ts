// `hypercraft dtb`: the device tree of the machine, as the guest would get it, on stdout.
import { buildDeviceTree } from '../boot/index.js';
import { Terminal } from '../platform/node/terminal.js';
import { machineFrom } from './machine.js';
import type { ParsedOptions } from './options.js';

export async function dtb(options: ParsedOptions): Promise<number> {
  const bootargs = options.values.get('--append');
  const blob = buildDeviceTree(machineFrom(options), bootargs === undefined ? {} : { bootargs });
  using terminal = new Terminal();
  terminal.write(blob);
  await terminal.flush();
  return 0;
}
