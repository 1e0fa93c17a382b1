// Small guests that time themselves: from the moment a hart is asked to wake up, or its timer is due, to its first instruction after WFI; and
// how long one hart and two harts take for the same work each.
import { join } from 'node:path';
import { median } from '../contest.mjs';

const BASE = 0x8000_0000n;
const DATA = BASE + 0x10_0000n;
const WAKES = 500;
const ROUNDS = 5;
const POWER_OFF = 'li t0, 0x100000\nli t1, 0x5555\nsw t1, 0(t0)\nstop: j stop\n';

/** Starts hart 1 at `other`. */
const START = `
  li s1, ${DATA}
  li a0, 1
  la a1, other
  li a2, 0
  li a6, 0
  li a7, 0x48534d
  ecall
`;

const TIMER = `
  li s1, ${DATA}
  li t0, 0x20
  csrw sie, t0
  li s2, ${WAKES}
again:
  li t0, 20000
  rdtime s4
  add s4, s4, t0
  mv a0, s4
  li a6, 0
  li a7, 0x54494d45
  ecall
  wfi
  rdtime t1
  sub t1, t1, s4
  sd t1, 0(s1)
  addi s1, s1, 8
  addi s2, s2, -1
  bnez s2, again
  ${POWER_OFF}`;

const IPI = `
  ${START}
  li s2, ${WAKES}
  addi s1, s1, -64
again:
  rdtime t0
  li t1, 20000
  add t0, t0, t1
pause:
  rdtime t1
  bltu t1, t0, pause
  rdtime t1
  sd t1, 0(s1)
  fence rw, rw
  li a0, 2
  li a1, 0
  li a6, 0
  li a7, 0x735049
  ecall
answer:
  ld t0, 8(s1)
  beqz t0, answer
  sd zero, 8(s1)
  fence rw, rw
  addi s2, s2, -1
  bnez s2, again
  ${POWER_OFF}
other:
  li s1, ${DATA - 64n}
  li s3, ${DATA}
  li t0, 2
  csrw sie, t0
wait:
  wfi
  rdtime t1
  csrr t0, sip
  andi t0, t0, 2
  beqz t0, wait
  csrci sip, 2
  ld t0, 0(s1)
  sub t1, t1, t0
  sd t1, 0(s3)
  addi s3, s3, 8
  fence rw, rw
  li t0, 1
  sd t0, 8(s1)
  j wait`;

/** Each hart sums up and stirs an array of its own; hart 0 waits for the other. */
const work = (harts, turns) => `
  ${harts > 1 ? START : `li s1, ${DATA}`}
  li s0, 0
  jal ra, body
gather:
  ld t0, 0(s1)
  li t1, ${harts}
  bltu t0, t1, gather
  ${POWER_OFF}
other:
  li s1, ${DATA}
  li s0, 1
  jal ra, body
  li a6, 1
  li a7, 0x48534d
  ecall
body:
  slli s2, s0, 17
  add s2, s2, s1
  li t0, 0x20000
  add s2, s2, t0
  li s3, ${turns}
turn:
  mv t0, s2
  li t1, 2048
  li t2, 0
step:
  ld t3, 0(t0)
  add t2, t2, t3
  slli t4, t2, 7
  xor t2, t2, t4
  srli t4, t2, 9
  xor t2, t2, t4
  sd t2, 0(t0)
  addi t0, t0, 8
  addi t1, t1, -1
  bnez t1, step
  addi s3, s3, -1
  bnez s3, turn
  li t0, 1
  amoadd.d.aqrl zero, t0, (s1)
  ret`;

export async function guests({ root }) {
  const { assemble, Host, virtMachine } = await import(join(root, 'dist/index.js'));
  const { nodePlatform } = await import(join(root, 'dist/platform/node/index.js'));

  async function run(source, harts) {
    const host = await Host.create({ platform: nodePlatform(), harts: 2 });
    const machine = virtMachine({ harts, memory: { base: BASE, size: 8n << 20n } });
    const { bytes } = assemble(source, { base: BASE });
    const boot = { segments: [{ what: 'guest', gpa: BASE, bytes }], entry: BASE, dtbAddress: BASE };
    const vm = await host.createVm({ machine, boot, threads: true });
    const from = performance.now();
    const end = await vm.run();
    const ms = performance.now() - from;
    if (end.kind !== 'power-off') throw new Error(`the guest ended as ${end.kind}`);
    const memory = vm.memory.read(DATA, WAKES * 8).slice();
    await vm[Symbol.asyncDispose]();
    return { ms, memory };
  }

  async function wakes(name, source, harts) {
    const { memory } = await run(source, harts);
    const sorted = [...new BigInt64Array(memory.buffer)].map((ticks) => Number(ticks) / 10).sort((a, b) => a - b);
    const result = { median: sorted[WAKES >> 1], p90: sorted[Math.floor(WAKES * 0.9)] };
    console.log(`  ${name.padEnd(18)} ${result.median} us, nine in ten within ${result.p90} us`);
    return result;
  }

  const timer = await wakes('wake-up by timer', TIMER, 1);
  const ipi = await wakes('wake-up by IPI', IPI, 2);
  const TURNS = 400_000;
  const one = [];
  const two = [];
  const half = [];
  for (let i = 0; i < ROUNDS; i++) {
    // What starting takes is in both: the same work twice over tells how long it is.
    half.push((await run(work(1, TURNS / 4), 1)).ms);
    one.push((await run(work(1, TURNS), 1)).ms);
    two.push((await run(work(2, TURNS), 2)).ms);
  }
  const start = (4 * median(half) - median(one)) / 3;
  const throughput = +((2 * (median(one) - start)) / (median(two) - start)).toFixed(2);
  console.log(
    `  two harts          ${throughput} times the throughput of one (${median(one).toFixed(0)} and ${median(two).toFixed(0)} ms)`,
  );
  return { timer, ipi, throughput };
}
