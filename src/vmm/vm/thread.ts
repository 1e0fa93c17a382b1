// A thread of a host's harts, as the realm that creates guests sees it: a worker, or this realm's own in slices.
import { type HostMachine, PAGE_SIZE } from '../../host/index.js';
import { Bell } from '../hart/bell.js';
import type { GuestPort } from '../hart/hart-loop.js';
import type { FromHart } from '../hart/messages.js';
import type { MachineConfig } from '../machine/config.js';
import type { Connection, HostDeviceName } from '../passthrough/place.js';

/** Who hears of a guest's machine. */
export interface Occupant {
  receive(message: FromHart): void;
  remote: GuestPort['remote'];
  fail(error: unknown): void;
}

export interface HartThread {
  readonly threaded: boolean;
  /** The host's hart that it is. */
  readonly hart: number;
  readonly bell: Bell;
  /** Guests it has. */
  readonly guests: number;
  /** Takes a guest in; the number it goes by. */
  sit(occupant: Occupant): number;
  build(guest: number, config: MachineConfig): void;
  run(guest: number): void;
  wake(): void;
  connect(guest: number, connection: Connection): void;
  disconnect(guest: number, device: HostDeviceName): void;
  /** Has the state of a machine at rest, without its memory, sent to its occupant. */
  save(guest: number): void;
  /** Resolves when nothing of the guest's machine runs any more, nor will. */
  remove(guest: number): Promise<void>;
  leave(guest: number): void;
}

/** What both kinds of thread have: guests, and a bell in shared memory. */
export abstract class Thread {
  readonly bell: Bell;
  protected readonly host: HostMachine;
  protected readonly occupants = new Map<number, Occupant>();
  readonly #gone: () => void;
  #last = 0;

  constructor(host: HostMachine, gone: () => void) {
    this.host = host;
    this.#gone = gone;
    const pages = Math.ceil(Bell.bytes / PAGE_SIZE);
    this.bell = new Bell(host.engine.memory.buffer, host.allocDevicePages(pages));
  }

  get guests(): number {
    return this.occupants.size;
  }

  sit(occupant: Occupant): number {
    this.occupants.set(++this.#last, occupant);
    return this.#last;
  }

  leave(guest: number): void {
    if (!this.occupants.delete(guest) || this.occupants.size > 0) return;
    this.#gone();
    // Whatever runs in it rings until then.
    void this.end().then(() => this.host.deallocDevicePages(this.bell.offset, Math.ceil(Bell.bytes / PAGE_SIZE)));
  }

  /** No guest is left; resolves when nothing runs in it. */
  protected abstract end(): Promise<void>;

  /** The thread is of no use any more: new guests get a new one. */
  protected abandon(): void {
    this.#gone();
  }
}
