// A guest as the two sides of a migration see it: the one that leaves, and the one that comes into being page by page.
import { HypercraftError } from '../../isa/error.js';
import type { MachineState } from '../machine/state.js';
import type { MovingGuest } from '../migrate/index.js';
import { pageContent } from '../snapshot/memory.js';
import type { Body } from './body.js';
import { describe } from './saved.js';

/** What only the guest itself can do. */
export interface Stopping {
  pause(): Promise<void>;
  save(): Promise<MachineState>;
}

/** A guest that leaves. */
export function leavingGuest(body: Body, name: string, { pause, save }: Stopping): MovingGuest {
  const { host, table, place } = body;
  const { platform } = place;
  let all = true;
  return {
    machine: describe(name, body.config, body.plan),
    clock: platform.clock,
    written: () => {
      const runs = table.takeWritten({ all });
      all = false;
      return runs;
    },
    read: (page) => pageContent(host, table.translate(BigInt(page) << 12n)),
    pause,
    save,
    yield: () => platform.yield(),
    sleep: (milliseconds, signal) => platform.sleep(milliseconds, signal),
  };
}

/**
 * A page of a guest that arrives; false if it has no such page.
 * @throws HypercraftError `NO_MEMORY`
 */
export function takePage({ ram, memory }: Body, page: number, content: Uint8Array): boolean {
  const gpa = BigInt(page) << 12n;
  if (ram.provide(gpa, 'write') === 'no-memory') {
    throw new HypercraftError('NO_MEMORY', 'the host has no memory left for the guest');
  }
  return memory.tryWrite(gpa, content);
}
