// The platform-level interrupt controller, in shared memory: 96 level-triggered sources, 7 priorities, two contexts a
// hart. RISC-V Platform-Level Interrupt Controller Specification 1.0.0; register map as in QEMU's `virt`.
//
// A source's gateway is open, pending, or claimed. Pending and claimed bits of 32 sources share one 64-bit word, so that
// every step of a gateway is one compare-and-swap and any thread may move a wire (plicSetLevel) at any time.
import {
  PLIC_CONTEXTS,
  PLIC_ENABLE,
  PLIC_GATEWAYS,
  PLIC_LINES,
  PLIC_MAX_PRIORITY,
  PLIC_PRIORITY,
  PLIC_SEQUENCE,
  PLIC_SOURCES,
  PLIC_THRESHOLD,
  PLIC_WORDS,
  VM_LINE_M,
  VM_LINE_S,
  VM_VCPU_COUNT,
  VM_VCPUS,
} from './vmlayout';
import { lineSet } from './lines';

// Offsets of the register map ("Memory Map").
const PENDING: u32 = 0x1000;
const ENABLES: u32 = 0x2000; // 0x80 bytes a context
const CONTEXTS: u32 = 0x20_0000; // 0x1000 bytes a context: threshold, claim/complete
const CLAIM: u32 = 4;

const SOURCES: u32 = PLIC_SOURCES;
const WORDS: u32 = PLIC_WORDS;

function contextCount(vm: usize): u32 {
  return min<u32>(load<u32>(vm + VM_VCPU_COUNT) << 1, PLIC_CONTEXTS);
}

/** The bits of word `w` that belong to sources that exist. */
function wired(w: u32): u32 {
  if (w == 0) return ~1;
  const first = w << 5;
  if (first > SOURCES) return 0;
  const n: u32 = SOURCES - first + 1;
  return n >= 32 ? ~0 : (1 << n) - 1;
}

/** The enabled pending source of the highest priority above `floor`, the lowest number among equals; 0 if none. */
function best(vm: usize, context: u32, floor: u32): u32 {
  let found: u32 = 0;
  let highest = floor;
  for (let w: u32 = 0; w < WORDS; w++) {
    const pending = <u32>atomic.load<u64>(vm + (w << 3), PLIC_GATEWAYS);
    let ready = pending & atomic.load<u32>(vm + (context << 4) + (w << 2), PLIC_ENABLE);
    while (ready != 0) {
      const source = (w << 5) + ctz<u32>(ready);
      ready &= ready - 1;
      const priority = atomic.load<u32>(vm + (source << 2), PLIC_PRIORITY);
      if (priority > highest) {
        highest = priority;
        found = source;
      }
    }
  }
  return found;
}

/**
 * Recomputes every context's notification. Two threads may do so at once; a stale result must not be the last one
 * written, so whoever sees that the state moved on while it computed does it again.
 */
export function plicUpdate(vm: usize): void {
  const contexts = contextCount(vm);
  let seen: u32;
  do {
    seen = atomic.load<u32>(vm, PLIC_SEQUENCE);
    for (let context: u32 = 0; context < contexts; context++) {
      const line = load<u32>(context & 1 ? vm + VM_LINE_S : vm + VM_LINE_M);
      const vcpu = <usize>load<u32>(vm + VM_VCPUS + ((context >> 1) << 2));
      if (line == 0 || vcpu == 0) continue;
      const threshold = atomic.load<u32>(vm + (context << 2), PLIC_THRESHOLD);
      lineSet(vcpu, line, best(vm, context, threshold) != 0);
    }
  } while (atomic.load<u32>(vm, PLIC_SEQUENCE) != seen);
}

function changed(vm: usize): void {
  atomic.add<u32>(vm, 1, PLIC_SEQUENCE);
  plicUpdate(vm);
}

/** An open gateway whose wire is high makes its source pending. True if it did. */
function forward(vm: usize, source: u32): bool {
  const word = vm + ((source >> 5) << 3);
  const bit: u64 = 1 << (<u64>source & 31);
  let old = atomic.load<u64>(word, PLIC_GATEWAYS);
  while (!(old & (bit | (bit << 32))) && atomic.load<u32>(vm + ((source >> 5) << 2), PLIC_LINES) & <u32>bit) {
    const seen = atomic.cmpxchg<u64>(word, old, old | bit, PLIC_GATEWAYS);
    if (seen == old) return true;
    old = seen;
  }
  return false;
}

/** Moves the wire of a source; any thread may call it. Source 0 has no wire: the outputs are only recomputed. */
export function plicSetLevel(vm: u32, source: u32, level: bool): void {
  if (source == 0) {
    changed(vm);
    return;
  }
  if (source > SOURCES) return;
  const word = <usize>vm + ((source >> 5) << 2);
  const bit: u32 = 1 << (source & 31);
  if (!level) {
    // A request that was forwarded stays pending: the gateway does not take it back.
    atomic.and<u32>(word, ~bit, PLIC_LINES);
    return;
  }
  atomic.or<u32>(word, bit, PLIC_LINES);
  if (forward(vm, source)) changed(vm);
}

/** "Interrupt Claim Process": the best pending source whatever the threshold, whose gateway then stays shut. */
function claim(vm: usize, context: u32): u32 {
  for (;;) {
    const source = best(vm, context, 0);
    if (source != 0) {
      const word = vm + ((source >> 5) << 3);
      const bit: u64 = 1 << (<u64>source & 31);
      const old = atomic.load<u64>(word, PLIC_GATEWAYS);
      if (!(old & bit)) continue; // another hart was faster
      if (atomic.cmpxchg<u64>(word, old, (old & ~bit) | (bit << 32), PLIC_GATEWAYS) != old) continue;
    }
    changed(vm);
    return source;
  }
}

/** "Interrupt Completion": opens the gateway again; ignored for a source the context has not enabled. */
function complete(vm: usize, context: u32, source: u32): void {
  if (source == 0 || source > SOURCES) return;
  const enabled = atomic.load<u32>(vm + (context << 4) + ((source >> 5) << 2), PLIC_ENABLE);
  if (!(enabled & (1 << (source & 31)))) return;
  const bit: u64 = 1 << (<u64>source & 31);
  atomic.and<u64>(vm + ((source >> 5) << 3), ~(bit << 32), PLIC_GATEWAYS);
  // The wire is read after the gateway is open: a rise that found it shut is seen here.
  if (forward(vm, source)) changed(vm);
}

/** Reads an aligned 32-bit register. */
export function plicLoad(vm: usize, offset: u32): u32 {
  if (offset < PENDING) {
    const source = offset >> 2;
    return source <= SOURCES ? atomic.load<u32>(vm + (source << 2), PLIC_PRIORITY) : 0;
  }
  if (offset < ENABLES) {
    const w = (offset - PENDING) >> 2;
    return w < WORDS ? <u32>atomic.load<u64>(vm + (w << 3), PLIC_GATEWAYS) : 0;
  }
  if (offset < CONTEXTS) {
    const context = (offset - ENABLES) >> 7;
    const w = (offset & 0x7f) >> 2;
    if (context >= contextCount(vm) || w >= WORDS) return 0;
    return atomic.load<u32>(vm + (context << 4) + (w << 2), PLIC_ENABLE);
  }
  const context = (offset - CONTEXTS) >> 12;
  if (context >= contextCount(vm)) return 0;
  const register = offset & 0xfff;
  if (register == 0) return atomic.load<u32>(vm + (context << 2), PLIC_THRESHOLD);
  if (register == CLAIM) return claim(vm, context);
  return 0;
}

/** Writes an aligned 32-bit register; what does not exist or is read-only swallows the value. */
export function plicStore(vm: usize, offset: u32, value: u32): void {
  if (offset < PENDING) {
    const source = offset >> 2;
    if (source == 0 || source > SOURCES) return;
    atomic.store<u32>(vm + (source << 2), value & PLIC_MAX_PRIORITY, PLIC_PRIORITY);
  } else if (offset < ENABLES) {
    return;
  } else if (offset < CONTEXTS) {
    const context = (offset - ENABLES) >> 7;
    const w = (offset & 0x7f) >> 2;
    if (context >= contextCount(vm) || w >= WORDS) return;
    atomic.store<u32>(vm + (context << 4) + (w << 2), value & wired(w), PLIC_ENABLE);
  } else {
    const context = (offset - CONTEXTS) >> 12;
    if (context >= contextCount(vm)) return;
    const register = offset & 0xfff;
    if (register == CLAIM) {
      complete(vm, context, value);
      return;
    }
    if (register != 0) return;
    atomic.store<u32>(vm + (context << 2), value & PLIC_MAX_PRIORITY, PLIC_THRESHOLD);
  }
  changed(vm);
}
