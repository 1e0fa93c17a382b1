// Guests run in slices between turns of the creating realm's event loop, where there are no workers or none is wanted.
import type { HostMachine } from '../../host/index.js';
import { type GuestPort, HartLoop } from '../hart/hart-loop.js';
import type { HartOptions } from '../hart/messages.js';
import type { MachineConfig, TracedExit } from '../machine/config.js';
import type { Connection, HostDeviceName } from '../passthrough/place.js';
import type { Platform } from './platform.js';
import { type HartThread, type Occupant, Thread } from './thread.js';

/** Milliseconds that guests run between two turns of this thread's event loop. */
const STRETCH = 4;

/** Runs guests in slices between turns of this thread's event loop. */
export class InlineThread extends Thread implements HartThread {
  readonly threaded = false;
  readonly hart = 0;
  readonly #platform: Platform;
  readonly #loop: HartLoop;
  #sleep = new AbortController();
  #driving = false;

  constructor(host: HostMachine, platform: Platform, options: HartOptions, gone: () => void) {
    super(host, gone);
    this.#platform = platform;
    this.#loop = new HartLoop(host, platform.clock, this.bell, {
      ...options,
      ...(platform.openFile && { openFile: platform.openFile }),
    });
  }

  build(guest: number, config: MachineConfig): void {
    const occupant = this.occupants.get(guest)!;
    try {
      this.#loop.build(guest, config, inlinePort(guest, occupant));
      occupant.receive({ guest, kind: 'built' });
    } catch (error) {
      occupant.fail(error);
    }
  }

  run(guest: number): void {
    this.#loop.run(guest);
    this.wake();
    if (!this.#driving) void this.#drive();
  }

  wake(): void {
    this.#sleep.abort();
  }

  connect(guest: number, connection: Connection): void {
    this.#loop.connect(guest, connection);
    this.occupants.get(guest)?.receive({ guest, kind: 'connected' });
  }

  disconnect(guest: number, device: HostDeviceName): void {
    this.#loop.disconnect(device);
    this.occupants.get(guest)?.receive({ guest, kind: 'disconnected' });
  }

  save(guest: number): void {
    const occupant = this.occupants.get(guest)!;
    try {
      occupant.receive({ guest, kind: 'saved', state: this.#loop.machine(guest)!.save() });
    } catch (error) {
      occupant.fail(error);
    }
  }

  async remove(guest: number): Promise<void> {
    // Whoever asks may do so in the middle of a turn, from an event.
    await Promise.resolve();
    this.#loop.remove(guest);
    this.wake();
  }

  protected async end(): Promise<void> {
    this.wake();
  }

  async #drive(): Promise<void> {
    this.#driving = true;
    const { clock } = this.#platform;
    await Promise.resolve();
    while (this.#loop.active) {
      this.#sleep = new AbortController();
      const start = clock.now();
      let result = this.#loop.turn();
      while (result.kind === 'busy' && this.#loop.active && clock.now() - start < STRETCH && clock.now() !== start) {
        result = this.#loop.turn();
      }
      if (result.kind === 'idle')
        await this.#platform.sleep(Math.min(result.milliseconds, result.look), this.#sleep.signal);
      else await this.#platform.yield();
    }
    this.#driving = false;
  }
}

function inlinePort(guest: number, occupant: Occupant): GuestPort {
  const traced: TracedExit[] = [];
  return {
    output: () => occupant.receive({ guest, kind: 'output' }),
    trace: (entry) => {
      traced.push(entry);
      if (traced.length > 1) return;
      queueMicrotask(() => occupant.receive({ guest, kind: 'trace', entries: traced.splice(0) }));
    },
    flushed: (request) => occupant.receive({ guest, kind: 'flushed', request }),
    remote: (access) => occupant.remote(access),
    deviceOutput: (device) => occupant.receive({ guest, kind: 'device-output', device }),
    starved: () => occupant.receive({ guest, kind: 'starved' }),
    paused: () => occupant.receive({ guest, kind: 'paused' }),
    ended: (end) => occupant.receive({ guest, kind: 'ended', end }),
    failed: (error) => occupant.fail(error),
  };
}
