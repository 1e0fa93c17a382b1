// The firmware of a machine whose upper levels are ours: SBI over its harts, memory and console.
import type { MachineDescription } from '../../boot/index.js';
import type { ByteRing } from '../../devices/index.js';
import type { Engine } from '../../engine/index.js';
import type { VmEnd } from '../exit.js';
import type { GuestMemory } from '../guest-memory.js';
import { Sbi } from '../sbi/index.js';
import type { Control } from './control.js';
import type { Member } from './member.js';
import { MachinePlatform } from './sbi-platform.js';
import type { ShootDown } from './shoot-down.js';

export interface FirmwareParts {
  readonly engine: Engine;
  readonly description: MachineDescription;
  readonly control: Control;
  readonly members: readonly Member[];
  readonly memory: GuestMemory;
  readonly input: ByteRing;
  readonly output: ByteRing;
  readonly shootDown: ShootDown;
  /** Another thread has set it up already. */
  readonly attach: boolean;
  /** Bytes went into the output ring. */
  onOutput(): void;
  onFinish(end: VmEnd): void;
}

/** SBI of a machine; a `bare` one brings its own. */
export function makeSbi(parts: FirmwareParts): Sbi | undefined {
  const { engine, description, control, members, memory, shootDown, input, output, attach } = parts;
  const { mode } = description;
  if (mode === 'bare') return undefined;
  const platform = new MachinePlatform({
    mode,
    engine,
    control,
    shootDown,
    harts: members.map(({ hart }) => hart),
    memory,
    ram: description.memory,
    input,
    output,
    onOutput: () => parts.onOutput(),
    onReset: (type, reason) => {
      if (type !== 'shutdown') parts.onFinish({ kind: 'reboot' });
      else parts.onFinish(reason === 'system-failure' ? { kind: 'failure', code: 1 } : { kind: 'power-off' });
    },
  });
  const sbi = new Sbi(platform);
  if (!attach) sbi.reset();
  return sbi;
}
