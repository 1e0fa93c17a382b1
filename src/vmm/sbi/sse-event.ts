// A software event: its identity, its attributes, and the states it goes through.
// SBI specification, "Supervisor Software Events Extension", identification, states and attributes.
//
// An event is ten words, one per attribute. The first holds the state and the pending bit, and above what the supervisor
// sees of it the hart that runs the handler, so that every transition is one compare-exchange.
import type { SbiHart, SbiPlatform } from './context.js';
import { SSE_EVENT_WORDS, SSE_GLOBAL, SSE_LOCAL } from './state.js';

export const EventState = { unused: 0n, registered: 1n, enabled: 2n, running: 3n } as const;
export type EventState = (typeof EventState)[keyof typeof EventState];

export const Attribute = {
  status: 0,
  priority: 1,
  config: 2,
  preferredHart: 3,
  entryPc: 4,
  entryArg: 5,
  interruptedSepc: 6,
  interruptedFlags: 7,
  interruptedA6: 8,
  interruptedA7: 9,
} as const;
export type Attribute = (typeof Attribute)[keyof typeof Attribute];
export const ATTRIBUTES = SSE_EVENT_WORDS;

const STATE = 3n;
const PENDING = 1n << 2n;
const INJECTABLE = 1n << 3n;
const RUNNER_SHIFT = 8n;
/** Beside the hart in PREFERRED_HART: the supervisor wrote it. */
const CHOSEN = 1n << 63n;

/** An event this implementation has. `slot` is its place among the local or the global ones. */
export interface EventKind {
  readonly id: number;
  readonly global: boolean;
  /** May the supervisor inject it? The others come from the host. */
  readonly injectable: boolean;
  readonly slot: number;
}

/** A trap came while the supervisor could take none (Ssdbltrp). */
export const DOUBLE_TRAP_EVENT = 0x0000_0001;

export const EVENT_KINDS: readonly EventKind[] = [
  { id: 0x0000_0000, global: false, injectable: false, slot: 0 }, // high-priority RAS
  { id: DOUBLE_TRAP_EVENT, global: false, injectable: false, slot: 3 },
  { id: 0x0010_0000, global: false, injectable: false, slot: 1 }, // low-priority RAS
  { id: 0xffff_0000, global: false, injectable: true, slot: 2 }, // software
  { id: 0x0000_8000, global: true, injectable: false, slot: 0 },
  { id: 0x0010_8000, global: true, injectable: false, slot: 1 },
  { id: 0xffff_8000, global: true, injectable: true, slot: 2 },
];

/** An event the specification defines for a counter overflow, which here the supervisor is told by its interrupt. */
export const ABSENT_EVENTS: readonly number[] = [0x0001_0000];

/** An event as one hart sees it: its own if local, everyone's if global. */
export class SoftwareEvent {
  private readonly words: BigUint64Array;
  private readonly base: number;

  constructor(
    platform: SbiPlatform,
    private readonly hart: SbiHart,
    readonly kind: EventKind,
  ) {
    this.words = kind.global ? platform.state : hart.state;
    this.base = (kind.global ? SSE_GLOBAL : SSE_LOCAL) + kind.slot * SSE_EVENT_WORDS;
  }

  get(attribute: Attribute): bigint {
    return Atomics.load(this.words, this.base + attribute);
  }

  set(attribute: Attribute, value: bigint): void {
    Atomics.store(this.words, this.base + attribute, value);
  }

  get state(): EventState {
    return (this.get(Attribute.status) & STATE) as EventState;
  }

  get pending(): boolean {
    return (this.get(Attribute.status) & PENDING) !== 0n;
  }

  /** What the supervisor reads as an attribute. */
  read(attribute: Attribute): bigint {
    if (attribute === Attribute.status) {
      return (this.get(attribute) & (STATE | PENDING)) | (this.kind.injectable ? INJECTABLE : 0n);
    }
    if (attribute !== Attribute.preferredHart) return this.get(attribute);
    return this.kind.global ? this.get(attribute) & ~CHOSEN : BigInt(this.hart.id);
  }

  /** What the supervisor writes as an attribute. */
  write(attribute: Attribute, value: bigint): void {
    this.set(attribute, attribute === Attribute.preferredHart ? value | CHOSEN : value);
  }

  /** The hart that the supervisor chose for a global event; none until it has. */
  get chosenHart(): bigint | undefined {
    const value = this.get(Attribute.preferredHart);
    return value & CHOSEN ? value & ~CHOSEN : undefined;
  }

  /** Does this hart run the handler? */
  get running(): boolean {
    const status = this.get(Attribute.status);
    return (status & STATE) === EventState.running && status >> RUNNER_SHIFT === BigInt(this.hart.id);
  }

  signal(): void {
    Atomics.or(this.words, this.base, PENDING);
  }

  /** Moves between the states without a handler; false if the event is not in `from`. */
  move(from: EventState, to: EventState): boolean {
    return this.exchange(STATE, from, (status) => (status & PENDING) | to);
  }

  /** UNUSED again, and nothing pending for whoever registers next. */
  release(): boolean {
    return this.exchange(STATE, EventState.registered, () => EventState.unused);
  }

  /** ENABLED and pending to RUNNING on this hart; false if another hart was faster. */
  claim(): boolean {
    const running = EventState.running | (BigInt(this.hart.id) << RUNNER_SHIFT);
    return this.exchange(STATE | PENDING, EventState.enabled | PENDING, () => running);
  }

  /** RUNNING to ENABLED, or to REGISTERED if it is a one-shot event. */
  finish(): void {
    const oneShot = (this.get(Attribute.config) & 1n) !== 0n;
    this.move(EventState.running, oneShot ? EventState.registered : EventState.enabled);
  }

  /** Is this event served before `other`? A lower number is a higher priority, the id breaks ties. */
  precedes(other: SoftwareEvent): boolean {
    const [own, theirs] = [this.get(Attribute.priority), other.get(Attribute.priority)];
    return own === theirs ? this.kind.id < other.kind.id : own < theirs;
  }

  private exchange(mask: bigint, from: bigint, next: (status: bigint) => bigint): boolean {
    for (let status = this.get(Attribute.status); (status & mask) === from; ) {
      const seen = Atomics.compareExchange(this.words, this.base, status, next(status));
      if (seen === status) return true;
      status = seen;
    }
    return false;
  }
}

/** Every event, as `hart` sees it. */
export function eventsOf(platform: SbiPlatform, hart: SbiHart): SoftwareEvent[] {
  return EVENT_KINDS.map((kind) => new SoftwareEvent(platform, hart, kind));
}
