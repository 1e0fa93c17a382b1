// Events that interrupt the supervisor ahead of everything else. SBI specification, "Supervisor Software Events
// Extension" (EID "SSE"). Here are its functions; the events are in sse-event.ts, taking them in sse-delivery.ts.
import { HypercraftError } from '../../isa/error.js';
import type { SbiHart, SbiPlatform } from './context.js';
import type { SbiCall, SbiExtension, SbiFunction } from './extension.js';
import { findHart } from './hart-mask.js';
import { failure, placed, SbiError, type SbiReturn, success } from './result.js';
import { bytesToWords, sharedRange, wordsToBytes } from './shared-memory.js';
import { completeEvent, deliverEvent, isUnmasked, routeEvent } from './sse-delivery.js';
import {
  ABSENT_EVENTS,
  ATTRIBUTES,
  Attribute,
  DOUBLE_TRAP_EVENT,
  EVENT_KINDS,
  EventState,
  eventsOf,
  SoftwareEvent,
} from './sse-event.js';
import { SSE_EVENT_WORDS, SSE_LOCAL, SSE_LOCAL_EVENTS, SSE_UNMASKED } from './state.js';

const WORD = 8n;
const FLAGS_MASK = 0x3fn;

/** The event a0 names, or the error it deserves. */
function named(call: SbiCall): SoftwareEvent | SbiError {
  const id = call.u32(0);
  const kind = EVENT_KINDS.find((candidate) => candidate.id === id);
  if (kind) return new SoftwareEvent(call.platform, call.hart, kind);
  return ABSENT_EVENTS.includes(id) ? SbiError.notSupported : SbiError.invalidParam;
}

function onEvent(act: (call: SbiCall, event: SoftwareEvent) => SbiReturn): SbiFunction {
  return (call) => {
    const event = named(call);
    return event instanceof SoftwareEvent ? act(call, event) : failure(event);
  };
}

interface Span {
  readonly first: Attribute;
  readonly count: number;
  readonly address: bigint;
}

/**
 * The attributes and the memory a1 to a4 name. Attribute `base + i` lies at offset 8 * i: the specification's text says
 * 8 * (base + i), which would not fit the size it gives, and no implementation does it so.
 */
function span(call: SbiCall, access: 'read' | 'write'): Span | SbiError {
  const [first, count] = [call.u32(1), call.u32(2)];
  if (count === 0) return SbiError.invalidParam;
  if (first + count > ATTRIBUTES) return SbiError.badRange;
  if (call.arg(3) % WORD !== 0n) return SbiError.invalidAddress;
  const address = sharedRange(call.platform, call.arg(3), call.arg(4), BigInt(count) * WORD, access);
  return address === undefined ? SbiError.invalidAddress : { first: first as Attribute, count, address };
}

function readAttributes(call: SbiCall, event: SoftwareEvent): SbiReturn {
  const range = span(call, 'write');
  if (typeof range === 'bigint') return failure(range);
  const values = Array.from({ length: range.count }, (_, i) => event.read((range.first + i) as Attribute));
  return call.platform.writeGuest(range.address, wordsToBytes(values)) ? success() : failure(SbiError.invalidAddress);
}

/** May this attribute be set to that value now? */
function mayWrite(platform: SbiPlatform, event: SoftwareEvent, attribute: Attribute, value: bigint): SbiError {
  const settled = event.state === EventState.unused || event.state === EventState.registered;
  const verdict = (legal: boolean, allowed: boolean) =>
    allowed ? (legal ? SbiError.success : SbiError.invalidParam) : SbiError.invalidState;
  switch (attribute) {
    case Attribute.priority:
      return verdict(value <= 0xffff_ffffn, settled);
    case Attribute.config:
      return verdict(value <= 1n, settled);
    case Attribute.preferredHart:
      if (!event.kind.global) return SbiError.denied;
      return verdict(findHart(platform, value) !== undefined, settled);
    case Attribute.interruptedFlags:
      return verdict((value & ~FLAGS_MASK) === 0n, event.running);
    case Attribute.interruptedSepc:
    case Attribute.interruptedA6:
    case Attribute.interruptedA7:
      return verdict(true, event.running);
    default:
      return SbiError.denied;
  }
}

function writeAttributes(call: SbiCall, event: SoftwareEvent): SbiReturn {
  const range = span(call, 'read');
  if (typeof range === 'bigint') return failure(range);
  const bytes = call.platform.readGuest(range.address, range.count * Number(WORD));
  if (!bytes) return failure(SbiError.invalidAddress);
  const writes = bytesToWords(bytes).map((value, i) => [(range.first + i) as Attribute, value] as const);
  for (const [attribute, value] of writes) {
    const verdict = mayWrite(call.platform, event, attribute, value);
    if (verdict !== SbiError.success) return failure(verdict);
  }
  for (const [attribute, value] of writes) event.write(attribute, value);
  return success();
}

function register(call: SbiCall, event: SoftwareEvent): SbiReturn {
  if (call.arg(1) & 1n) return failure(SbiError.invalidParam);
  if (!event.move(EventState.unused, EventState.registered)) return failure(SbiError.invalidState);
  event.set(Attribute.entryPc, call.arg(1));
  event.set(Attribute.entryArg, call.arg(2));
  return success();
}

function enable(call: SbiCall, event: SoftwareEvent): SbiReturn {
  if (!event.move(EventState.registered, EventState.enabled)) return failure(SbiError.invalidState);
  routeEvent(call.platform, call.hart, event.kind);
  return success();
}

function inject(call: SbiCall, event: SoftwareEvent): SbiReturn {
  const target = event.kind.global ? call.hart : findHart(call.platform, call.arg(1));
  if (!target || !event.kind.injectable) return failure(SbiError.invalidParam);
  signalEvent(call.platform, target, event.kind.id);
  return success();
}

function setMask(call: SbiCall, unmasked: bigint, already: SbiError): SbiReturn {
  if (Atomics.exchange(call.hart.state, SSE_UNMASKED, unmasked) === unmasked) return failure(already);
  // Global events that were meant for this hart may now go elsewhere, or come here.
  for (const { kind } of eventsOf(call.platform, call.hart)) routeEvent(call.platform, call.hart, kind);
  return success();
}

/** Makes an event pending on `hart` (or, if global, on whichever takes it). */
export function signalEvent(platform: SbiPlatform, hart: SbiHart, id: number): void {
  const kind = EVENT_KINDS.find((candidate) => candidate.id === id);
  if (!kind) throw new HypercraftError('SSE_EVENT_UNKNOWN', `there is no software event 0x${id.toString(16)}`);
  new SoftwareEvent(platform, hart, kind).signal();
  routeEvent(platform, hart, kind);
}

/** Interrupts a hart whose supervisor has run into a double trap; false if it does not want to know. */
export function interruptDoubleTrap(platform: SbiPlatform, hart: SbiHart): boolean {
  const kind = EVENT_KINDS.find(({ id }) => id === DOUBLE_TRAP_EVENT)!;
  const event = new SoftwareEvent(platform, hart, kind);
  if (event.state !== EventState.enabled || !isUnmasked(hart)) return false;
  event.signal();
  return deliverEvent(platform, hart);
}

/** A hart that stops takes no events, forgets its local ones, and leaves the global ones it was handling to others. */
function hartReset(platform: SbiPlatform, hart: SbiHart): void {
  Atomics.store(hart.state, SSE_UNMASKED, 0n);
  hart.state.fill(0n, SSE_LOCAL, SSE_LOCAL + SSE_LOCAL_EVENTS * SSE_EVENT_WORDS);
  for (const event of eventsOf(platform, hart)) {
    if (!event.kind.global) continue;
    if (event.running) event.finish();
    routeEvent(platform, hart, event.kind, hart);
  }
}

export const sse: SbiExtension = {
  id: 0x53_5345,
  name: 'SSE',
  functions: [
    onEvent(readAttributes),
    onEvent(writeAttributes),
    onEvent(register),
    onEvent((_, event) => (event.release() ? success() : failure(SbiError.invalidState))),
    onEvent(enable),
    onEvent((_, event) =>
      event.move(EventState.enabled, EventState.registered) ? success() : failure(SbiError.invalidState),
    ),
    (call) => (completeEvent(call.platform, call.hart) ? placed('resume') : success()),
    onEvent(inject),
    (call) => setMask(call, 1n, SbiError.alreadyStarted),
    (call) => setMask(call, 0n, SbiError.alreadyStopped),
  ],
  hartReset,
};
