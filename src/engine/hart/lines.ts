// A hart's interrupt lines, moved from outside: by interrupt controllers, by other harts, by other threads.
// Priv. ISA, "Machine Interrupt Pending" bits as IRQ_LINES holds them; the doorbell is what a hart in WFI sleeps on.
import { BELL, BELL_CURRENT, BELL_DOORBELL, BELL_SLEEPING, IRQ_LINES, KICK, PAUSE, WAITING } from './layout';

/** Wakes the hart if it sleeps, so that it looks at its lines and timers again. */
export function ringHart(vcpu: usize): void {
  // A hart about to sleep says so in WAITING, then looks at its lines, then waits for PAUSE to move: lines and doorbell
  // move first here and WAITING is read last, so one of the two sides always sees the other.
  atomic.add<u32>(vcpu, 1, PAUSE);
  if (atomic.load<u32>(vcpu, WAITING) != 0) atomic.notify(vcpu + PAUSE, -1);
  // Read after the lines have moved: a thread that takes the vCPU over writes it before it looks at them.
  const bell = <usize>atomic.load<u32>(vcpu, BELL);
  if (bell == 0) return;
  atomic.add<u32>(bell, 1, BELL_DOORBELL);
  const current = <usize>atomic.load<u32>(bell, BELL_CURRENT);
  // The vCPU itself looks at its lines after its slice; another one that runs in its place is asked to make room for a look around.
  if (current != 0 && current != vcpu) atomic.store<u32>(current, 1, KICK);
  else if (atomic.load<u32>(bell, BELL_SLEEPING) != 0) atomic.notify(bell + BELL_DOORBELL, -1);
}

/** Raises or lowers the interrupt bits `mask` (positions of mip) of a vCPU. */
export function lineSet(vcpu: usize, mask: u32, on: bool): void {
  if (on) {
    if ((atomic.or<u32>(vcpu, mask, IRQ_LINES) & mask) != mask) ringHart(vcpu);
  } else {
    atomic.and<u32>(vcpu, ~mask, IRQ_LINES);
  }
}
