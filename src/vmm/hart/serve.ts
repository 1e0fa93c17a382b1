// A worker's side: one hart and the machines on it, asleep in Atomics.wait when nothing is to be done. It goes to its event
// loop only when the bell says that there is mail, or when no machine is running.
import { Engine } from '../../engine/index.js';
import { attachHost, attachTranslator, type Clock, type EntropySource } from '../../host/index.js';
import { HypercraftError } from '../../isa/error.js';
import type { JitStore } from '../../jit/index.js';
import type { TracedExit } from '../machine/config.js';
import type { OpenBacking } from '../snapshot/backing.js';
import { Bell } from './bell.js';
import { type GuestPort, HartLoop } from './hart-loop.js';
import type { FromHart, FromTranslator, ToHart, ToWorker, TranslatorWanted } from './messages.js';
import { Sleeper } from './sleeper.js';

/** The channel to the realm that created the worker. */
export interface ServeChannel {
  post(message: FromHart | FromTranslator | TranslatorWanted): void;
  onMessage(listener: (message: ToWorker) => void): void;
}

const TRACE_BATCH = 64;

/** Serves one hart on this thread for as long as it lives, or translates for the harts of a host. */
export function serveHart(
  channel: ServeChannel,
  {
    clock,
    entropy,
    openFile,
    openJitStore,
    memory: known,
    beforeRun = () => {},
    beforeTranslating = () => {},
  }: {
    clock: Clock;
    /** Called before a guest is let run. */
    beforeRun?: (() => void) | undefined;
    /** Called by a thread that is to translate for harts and not to be one. */
    beforeTranslating?: (() => void) | undefined;
    /** The memory of its host, if it knows that from the beginning. */
    memory?: WebAssembly.Memory | undefined;
    entropy?: EntropySource | undefined;
    openFile?: OpenBacking | undefined;
    /** Where translations are kept for the next run, by the name that the host was given (`HostOptions.jitCache`). */
    openJitStore?: ((name: string) => JitStore) | undefined;
  },
): void {
  let hart: WorkerHart | undefined;
  let read = 0;
  const storeOf = (cache: string | undefined) => (cache === undefined ? undefined : openJitStore?.(cache));

  async function receive(message: ToHart): Promise<void> {
    if (message.kind !== 'hart') {
      if (message.kind === 'run') beforeRun();
      hart!.receive(message);
      return;
    }
    const { share, realm, cache } = message;
    const memory = share.memory ?? Engine.refreshed(known!);
    const host = await attachHost({ ...share, memory }, clock, entropy, realm, {
      store: storeOf(cache),
      onOwn: () => channel.post({ kind: 'translator-wanted' }),
    });
    const bell = new Bell(host.engine.memory.buffer, message.bell);
    hart = new WorkerHart(
      channel,
      clock,
      bell,
      new HartLoop(host, clock, bell, { ...message.options, ...(openFile && { openFile }) }),
      message.options,
    );
  }

  // One message at a time: building the hart takes some.
  let mail: Promise<void> = Promise.resolve();
  channel.onMessage((message) => {
    if (message.kind === 'translator') {
      beforeTranslating();
      void attachTranslator(message.share, clock, storeOf(message.cache))
        .then((service) => service.serve())
        .then(() => channel.post({ kind: 'translator-ended' }));
      return;
    }
    mail = mail.then(async () => {
      await receive(message);
      read++;
      hart!.work(read);
      for (let loading = hart!.loading; loading !== undefined; loading = hart!.loading) {
        await loading;
        hart!.work(read);
      }
    });
    // A page hears of errors of its workers, and not of promises that they break.
    mail.catch((error: unknown) => {
      queueMicrotask(() => {
        throw error;
      });
    });
  });
}

class WorkerHart {
  readonly #channel: ServeChannel;
  readonly #clock: Clock;
  readonly #bell: Bell;
  readonly #sleeper: Sleeper;
  readonly #loop: HartLoop;
  /** Milliseconds. */
  readonly #haltPolling: number;
  readonly #ports = new Map<number, WorkerPort>();

  constructor(
    channel: ServeChannel,
    clock: Clock,
    bell: Bell,
    loop: HartLoop,
    { haltPolling = 0 }: { haltPolling?: number },
  ) {
    this.#channel = channel;
    this.#clock = clock;
    this.#bell = bell;
    this.#sleeper = new Sleeper(bell, clock);
    this.#loop = loop;
    this.#haltPolling = haltPolling / 1000;
  }

  receive(message: Exclude<ToHart, { kind: 'hart' }>): void {
    const { guest } = message;
    const port = this.#ports.get(guest) ?? new WorkerPort(this.#channel, guest);
    this.#ports.set(guest, port);
    switch (message.kind) {
      case 'build':
        try {
          this.#loop.build(guest, message.config, port);
          this.#channel.post({ guest, kind: 'built' });
        } catch (error) {
          port.failed(error);
        }
        break;
      case 'run':
        this.#loop.run(guest);
        break;
      case 'save':
        try {
          this.#channel.post({ guest, kind: 'saved', state: this.#loop.machine(guest)!.save() });
        } catch (error) {
          port.failed(error);
        }
        break;
      case 'connect':
        this.#loop.connect(guest, message.connection);
        this.#channel.post({ guest, kind: 'connected' });
        break;
      case 'disconnect':
        this.#loop.disconnect(message.device);
        this.#channel.post({ guest, kind: 'disconnected' });
        break;
      case 'remove':
        this.#loop.remove(guest);
        this.#ports.delete(guest);
        this.#channel.post({ guest, kind: 'removed' });
        break;
    }
  }

  /** While a translator is on its way, which comes by the event loop. */
  get loading(): Promise<void> | undefined {
    return this.#loop.loading;
  }

  /** Runs machines until there is more mail than was read, a translator to be loaded, or nothing left to run. */
  work(read: number): void {
    const goesOn = (): boolean => ((this.#bell.mail - read) | 0) <= 0 && this.loading === undefined;
    while (this.#loop.active && goesOn()) {
      const seen = this.#bell.doorbell;
      const result = this.#loop.turn();
      if (result.kind === 'busy' || this.#poll(seen)) continue;
      for (const port of this.#ports.values()) port.flush();
      if (goesOn()) this.#sleeper.sleep(seen, result);
    }
    for (const port of this.#ports.values()) port.flush();
    if (!this.#loop.active) this.#bell.load = 0;
  }

  /** Halt polling: whether there was something to do before the hart had to sleep. */
  #poll(seen: number): boolean {
    if (this.#haltPolling === 0) return false;
    for (const end = this.#clock.now() + this.#haltPolling; this.#clock.now() < end; ) {
      if (this.#bell.doorbell !== seen || this.#loop.turn().kind === 'busy') return true;
    }
    return false;
  }
}

/** Reports on one machine by messages. */
class WorkerPort implements GuestPort {
  readonly #channel: ServeChannel;
  readonly #guest: number;
  #traced: TracedExit[] = [];

  constructor(channel: ServeChannel, guest: number) {
    this.#channel = channel;
    this.#guest = guest;
  }

  output(): void {
    this.#channel.post({ guest: this.#guest, kind: 'output' });
  }

  trace(entry: TracedExit): void {
    if (this.#traced.push(entry) >= TRACE_BATCH) this.flush();
  }

  flush(): void {
    if (this.#traced.length === 0) return;
    this.#channel.post({ guest: this.#guest, kind: 'trace', entries: this.#traced });
    this.#traced = [];
  }

  flushed(request: number): void {
    this.#channel.post({ guest: this.#guest, kind: 'flushed', request });
  }

  remote(access: Parameters<GuestPort['remote']>[0]): undefined {
    this.#channel.post({ guest: this.#guest, kind: 'remote', access });
  }

  deviceOutput(device: Parameters<GuestPort['deviceOutput']>[0]): void {
    this.#channel.post({ guest: this.#guest, kind: 'device-output', device });
  }

  starved(): void {
    this.#channel.post({ guest: this.#guest, kind: 'starved' });
  }

  paused(): void {
    this.flush();
    this.#channel.post({ guest: this.#guest, kind: 'paused' });
  }

  ended(end: Parameters<GuestPort['ended']>[0]): void {
    this.flush();
    this.#channel.post({ guest: this.#guest, kind: 'ended', end });
  }

  failed(error: unknown): void {
    const code = error instanceof HypercraftError ? error.code : 'INTERNAL';
    const message = error instanceof Error ? (error.stack ?? error.message) : `${error}`;
    this.flush();
    this.#channel.post({ guest: this.#guest, kind: 'failed', code, message });
  }
}
