// Taking a software event and returning from it: which one, on which hart, and what happens to the registers.
// SBI specification, "Supervisor Software Events Extension", priority, injection and completion.
import { HartState, type SbiHart, type SbiPlatform } from './context.js';
import { findHart } from './hart-mask.js';
import { Attribute, type EventKind, EventState, eventsOf, SoftwareEvent } from './sse-event.js';
import { SSE_UNMASKED } from './state.js';
import {
  SSTATUS_SDT,
  SSTATUS_SIE,
  SSTATUS_SPELP,
  SSTATUS_SPIE,
  SSTATUS_SPP,
  seesHypervisor,
  supervisorCsrs,
} from './supervisor.js';

const A6 = 16;
const A7 = 17;
const HSTATUS_SPV = 1n << 7n;
const HSTATUS_SPVP = 1n << 8n;

/** INTERRUPTED_FLAGS from bit 0 up, and the CSR bit each keeps. */
const STATUS_FLAGS: FlagTable = [
  [1n << 0n, SSTATUS_SPP],
  [1n << 1n, SSTATUS_SPIE],
  [1n << 4n, SSTATUS_SPELP],
  [1n << 5n, SSTATUS_SDT],
];
const HYPERVISOR_FLAGS: FlagTable = [
  [1n << 2n, HSTATUS_SPV],
  [1n << 3n, HSTATUS_SPVP],
];

export function isUnmasked(hart: SbiHart): boolean {
  return Atomics.load(hart.state, SSE_UNMASKED) !== 0n;
}

/** Does this hart run? One that sleeps would wake for an event. */
const isStarted = (hart: SbiHart) => hart.hsm === HartState.started || hart.hsm === HartState.suspended;

/**
 * A global event goes to whichever hart comes first, unless the supervisor chose one. Then it waits for that one as long as it is
 * started, masked or not, as OpenSBI does it: who masks events, injects one and unmasks them takes it there.
 */
function isEligible(platform: SbiPlatform, hart: SbiHart, event: SoftwareEvent, leaving?: SbiHart): boolean {
  if (!event.kind.global || event.chosenHart === undefined) return true;
  const chosen = findHart(platform, event.chosenHart);
  return chosen === undefined || chosen === hart || chosen === leaving || !isStarted(chosen);
}

const first = (events: readonly SoftwareEvent[]): SoftwareEvent | undefined =>
  events.reduce<SoftwareEvent | undefined>((best, event) => (best && !event.precedes(best) ? best : event), undefined);

/** The event this hart would take now, if any. */
export function nextEvent(platform: SbiPlatform, hart: SbiHart): SoftwareEvent | undefined {
  if (!isUnmasked(hart)) return undefined;
  const events = eventsOf(platform, hart);
  const waiting = events.filter(
    (event) => event.pending && event.state === EventState.enabled && isEligible(platform, hart, event),
  );
  const next = first(waiting);
  const running = first(events.filter((event) => event.running));
  return next && (!running || next.precedes(running)) ? next : undefined;
}

/** Makes the hart that should take this pending event notice it; `leaving` is one that is about to stop. */
export function routeEvent(platform: SbiPlatform, hart: SbiHart, kind: EventKind, leaving?: SbiHart): void {
  const event = new SoftwareEvent(platform, hart, kind);
  if (!event.pending || event.state !== EventState.enabled) return;
  const takes = (other: SbiHart) =>
    isUnmasked(other) && isStarted(other) && isEligible(platform, other, event, leaving);
  const candidates = kind.global ? platform.harts : [hart];
  const target = candidates.find((other) => other !== leaving && takes(other));
  if (target) platform.kick(target);
}

/** Interrupts the hart for the event it should take now; false if there is none. */
export function deliverEvent(platform: SbiPlatform, hart: SbiHart): boolean {
  for (let event = nextEvent(platform, hart); event; event = nextEvent(platform, hart)) {
    if (!event.claim()) continue; // another hart took it
    enterHandler(platform, hart, event);
    return true;
  }
  return false;
}

function enterHandler(platform: SbiPlatform, hart: SbiHart, event: SoftwareEvent): void {
  const csrs = supervisorCsrs(platform);
  const status = hart.readCsr(csrs.status);
  const virtual = seesHypervisor(platform, hart);
  const hstatus = virtual ? hart.readCsr('hstatus') : 0n;

  const flags = gather(STATUS_FLAGS, status) | (virtual ? gather(HYPERVISOR_FLAGS, hstatus) : 0n);
  event.set(Attribute.interruptedFlags, flags);
  event.set(Attribute.interruptedSepc, hart.readCsr(csrs.epc));
  event.set(Attribute.interruptedA6, BigInt.asUintN(64, hart.readGpr(A6)));
  event.set(Attribute.interruptedA7, BigInt.asUintN(64, hart.readGpr(A7)));

  hart.writeGpr(A6, BigInt(hart.id));
  hart.writeGpr(A7, event.get(Attribute.entryArg));
  hart.writeCsr(csrs.epc, hart.pc);
  let entered = status & ~(SSTATUS_SPP | SSTATUS_SPIE | SSTATUS_SIE | SSTATUS_SPELP);
  if (hart.privilege !== 0) entered |= SSTATUS_SPP;
  if (status & SSTATUS_SIE) entered |= SSTATUS_SPIE;
  if (hart.landingPadExpected) entered |= SSTATUS_SPELP;
  hart.writeCsr(csrs.status, entered | SSTATUS_SDT); // SDT is read-only zero without Ssdbltrp
  if (virtual) {
    let hs = hart.virtualized ? hstatus | HSTATUS_SPV : hstatus & ~HSTATUS_SPV;
    if (hart.virtualized) hs = entered & SSTATUS_SPP ? hs | HSTATUS_SPVP : hs & ~HSTATUS_SPVP;
    hart.writeCsr('hstatus', hs);
    hart.virtualized = false;
  }
  hart.privilege = 1;
  hart.landingPadExpected = false;
  hart.pc = event.get(Attribute.entryPc);
}

/** Ends the handler of the most urgent running event and resumes what it interrupted; false if none runs. */
export function completeEvent(platform: SbiPlatform, hart: SbiHart): boolean {
  const event = first(eventsOf(platform, hart).filter((candidate) => candidate.running));
  if (!event) return false;
  leaveHandler(platform, hart, event);
  event.finish();
  routeEvent(platform, hart, event.kind);
  return true;
}

function leaveHandler(platform: SbiPlatform, hart: SbiHart, event: SoftwareEvent): void {
  const csrs = supervisorCsrs(platform);
  const status = hart.readCsr(csrs.status);
  const flags = event.get(Attribute.interruptedFlags);

  hart.pc = hart.readCsr(csrs.epc);
  hart.privilege = status & SSTATUS_SPP ? 1 : 0;
  if (seesHypervisor(platform, hart)) {
    const hstatus = hart.readCsr('hstatus');
    hart.virtualized = (hstatus & HSTATUS_SPV) !== 0n;
    hart.writeCsr('hstatus', scatter(HYPERVISOR_FLAGS, flags, hstatus));
  }
  hart.landingPadExpected = (status & SSTATUS_SPELP) !== 0n;
  const enabled = status & SSTATUS_SPIE ? status | SSTATUS_SIE : status & ~SSTATUS_SIE;
  hart.writeCsr(csrs.status, scatter(STATUS_FLAGS, flags, enabled));
  hart.writeGpr(A7, event.get(Attribute.interruptedA7));
  hart.writeGpr(A6, event.get(Attribute.interruptedA6));
  hart.writeCsr(csrs.epc, event.get(Attribute.interruptedSepc));
}

type FlagTable = readonly (readonly [flag: bigint, bit: bigint])[];

function gather(table: FlagTable, register: bigint): bigint {
  return table.reduce((flags, [flag, bit]) => (register & bit ? flags | flag : flags), 0n);
}

function scatter(table: FlagTable, flags: bigint, register: bigint): bigint {
  return table.reduce((value, [flag, bit]) => (flags & flag ? value | bit : value & ~bit), register);
}
