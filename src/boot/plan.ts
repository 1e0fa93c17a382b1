// From files to a machine ready to start: reads the kernel, lays out memory and makes the device tree.

import type { BootFile } from './boot-file.js';
import { amendChosen, buildDeviceTree } from './device-tree.js';
import { loadImage } from './kernel.js';
import type { ChosenDescription, MachineDescription } from './machine-description.js';
import { type BootPlan, placeBoot } from './place.js';

/** What a machine is booted from. */
export interface BootFiles {
  /** The machine. */
  readonly machine: MachineDescription;
  /** ELF, Linux Image or raw; may be compressed. */
  readonly kernel?: Uint8Array | BootFile;
  /** M-mode firmware, for a machine in `bare` mode. */
  readonly firmware?: Uint8Array;
  /** Passed to the guest as it is. */
  readonly initrd?: Uint8Array | BootFile;
  /** Where the initrd goes instead of just below the device tree. */
  readonly initrdAddress?: bigint;
  /** The user's own device tree instead of the generated one; its /chosen is completed. */
  readonly dtb?: Uint8Array;
  /** The kernel's command line, and seeds. */
  readonly chosen?: Omit<ChosenDescription, 'initrd'>;
}

/**
 * Makes the {@link BootPlan} for these files.
 *
 * @throws HypercraftError what {@link loadImage}, {@link placeBoot} and the device tree reader throw.
 * @example
 * ```ts
 * const machine = virtMachine({ memory: { base: 0x8000_0000n, size: 512n << 20n } });
 * const plan = await planBoot({ machine, kernel, initrd, chosen: { bootargs: 'console=ttyS0' } });
 * ```
 */
export async function planBoot(files: BootFiles): Promise<BootPlan> {
  const { machine } = files;
  const firmware = files.firmware && (await loadImage(files.firmware));
  const kernel = files.kernel && (await loadImage(files.kernel));
  const startsInMachineMode = machine.mode === 'bare' && !firmware;
  return placeBoot({
    memory: machine.memory,
    ...(firmware && { firmware }),
    ...(kernel && { kernel }),
    ...(files.initrd && { initrd: files.initrd }),
    ...(files.initrdAddress !== undefined && { initrdAddress: files.initrdAddress }),
    ...(startsInMachineMode && { rawKernelAddress: machine.memory.base }),
    deviceTree: (placed) => {
      const chosen = { ...files.chosen, ...placed };
      return files.dtb ? amendChosen(files.dtb, chosen) : buildDeviceTree(machine, chosen);
    },
  });
}
