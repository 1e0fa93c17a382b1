// One hart alone: the others of its machine stand still while it does what no WebAssembly atomic can, an access wider than a doubleword
// or across two of them. Unpriv. ISA, "Zama16b", "Zacas" (AMOCAS.Q).
//
// Whoever wants to be alone takes VM_ALONE and waits until every other hart is out of the engine or says that it stands still. Harts look
// at VM_ALONE where they enter the engine, at safepoints, and while they want to be alone themselves; a hart that waits in the middle of an
// instruction has touched nothing of it yet. It does not pass a safepoint there: what it has looked up before may still be in use, so
// shoot-downs go on waiting for it (safepoint.ts), and since those who wait for that are out of the engine, nobody waits for each other.

import { IN_ENGINE, STANDING, VM_BASE } from './layout';
import { VM_ALONE, VM_MAX_VCPUS, VM_VCPU_COUNT, VM_VCPUS } from './vmlayout';

/** Looks before a wait sleeps: other harts' slices take some 80 us. */
const LOOKS: i32 = 4096;
/** Nanoseconds between two looks after that. */
const NAP: i64 = 50_000;
/** Naps after which a wait ends all the same, some seconds: whoever is waited for died with its thread. */
const PATIENCE: i32 = 20_000;

// @ts-ignore: decorator
@inline function other(vm: usize, hart: u32): usize {
  return <usize>load<u32>(vm + VM_VCPUS + (<usize>hart << 2));
}

/** Waits until no other hart of the machine executes anything. */
export function standAlone(x: usize): void {
  const vm = <usize>load<u32>(x, VM_BASE);
  if (vm == 0) return;
  const count = min<u32>(load<u32>(vm, VM_VCPU_COUNT), VM_MAX_VCPUS);
  if (count < 2) return;
  while (atomic.cmpxchg<u32>(vm, 0, <u32>x, VM_ALONE) != 0) standStill(x);
  for (let hart: u32 = 0; hart < count; hart++) {
    const area = other(vm, hart);
    if (area != x && area != 0) awaitHart(area);
  }
}

/** The others may go on. */
export function standNoLonger(x: usize): void {
  const vm = <usize>load<u32>(x, VM_BASE);
  if (vm == 0 || atomic.load<u32>(vm, VM_ALONE) != <u32>x) return;
  atomic.store<u32>(vm, 0, VM_ALONE);
  atomic.notify(vm + VM_ALONE, -1);
}

function moves(area: usize): bool {
  return atomic.load<u32>(area, IN_ENGINE) != 0 && atomic.load<u32>(area, STANDING) == 0;
}

function awaitHart(area: usize): void {
  for (let i: i32 = 0; i < LOOKS; i++) if (!moves(area)) return;
  for (let i: i32 = 0; i < PATIENCE && moves(area); i++) atomic.wait<u32>(area + STANDING, 0, NAP);
}

/** Stands still while another hart of the machine wants to be alone. */
// @ts-ignore: decorator
@inline export function giveWay(x: usize): void {
  const vm = <usize>load<u32>(x, VM_BASE);
  if (vm != 0 && atomic.load<u32>(vm, VM_ALONE) != 0) standStill(x);
}

function standStill(x: usize): void {
  const vm = <usize>load<u32>(x, VM_BASE);
  // Once more if somebody has come between the end of the one and our saying that we move: they may have seen us stand.
  do {
    atomic.store<u32>(x, 1, STANDING);
    atomic.notify(x + STANDING, -1);
    for (let i: i32 = 0; i < LOOKS + PATIENCE; i++) {
      const alone = atomic.load<u32>(vm, VM_ALONE);
      if (alone == 0) break;
      if (i >= LOOKS) atomic.wait<u32>(vm + VM_ALONE, alone, NAP);
      if (i == LOOKS + PATIENCE - 1) atomic.cmpxchg<u32>(vm, alone, 0, VM_ALONE);
    }
    atomic.store<u32>(x, 0, STANDING);
  } while (atomic.load<u32>(vm, VM_ALONE) != 0);
}
