// The page of the browser test: boots `hello` with the package's public API and gives back what it printed.
import { helloImage, planBoot, virtMachine } from '../../dist/boot/index.js';
import { assemble, Host, Vm, webPlatform } from '../../dist/index.js';

export interface PageResult {
  readonly isolated: boolean;
  readonly threads: boolean;
  readonly end: string;
  readonly console: string;
}

async function bootHello(mode: 'hypervisor' | 'firmware'): Promise<PageResult> {
  const platform = webPlatform({ workerUrl: '/worker.js' });
  const machine = virtMachine({ mode, memory: { base: 0x8000_0000n, size: 64n << 20n } });
  const boot = await planBoot({ machine, kernel: helloImage().bytes });
  const host = await Host.create({ platform });
  await using vm = await Vm.create(host, platform, { machine, boot });
  let text = '';
  vm.on('output', (bytes) => {
    text += String.fromCharCode(...bytes);
    if (text.includes('tick 2')) void vm.input(new TextEncoder().encode('hi q'));
  });
  const end = await vm.run();
  return {
    isolated: crossOriginIsolated,
    threads: platform.spawnWorker !== undefined,
    end: end.kind,
    console: text,
  };
}

/** Goes on with a guest that was saved in Node.js, from the body of a response. */
async function restoreHello(): Promise<PageResult> {
  const platform = webPlatform({ workerUrl: '/worker.js' });
  const host = await Host.create({ platform });
  await using vm = await Vm.restore(host, platform, (await fetch('/hello.snapshot')).body!);
  let text = '';
  vm.on('output', (bytes) => {
    text += String.fromCharCode(...bytes);
  });
  const ended = vm.run();
  await vm.input(new TextEncoder().encode('from Node q'));
  const end = await ended;
  return {
    isolated: crossOriginIsolated,
    threads: platform.spawnWorker !== undefined,
    end: end.kind,
    console: text,
  };
}

export interface TogetherResult {
  readonly isolated: boolean;
  /** Cores that the platform has for harts. */
  readonly cores: number;
  readonly end: string;
  /** How often each hart has answered the other. */
  readonly answers: readonly number[];
  /** Milliseconds that the fastest hundred of them took. */
  readonly hundred: number;
}

const BASE = 0x8000_0000n;
const ROUNDS = 3_000;
const TICKS_PER_MILLISECOND = 10_000;

/** Two harts of a guest answer one another without ever calling the monitor: on one thread each waits for the end of the other's turn. */
async function together(): Promise<TogetherResult> {
  const platform = webPlatform({ workerUrl: '/worker.js' });
  const host = await Host.create({ platform, harts: Math.min(2, Math.max(1, platform.cores)) });
  const words = BASE + 0x10_0000n;
  const source = `
    li s1, ${words}
    mv s0, a0
    bnez s0, answer
    li a0, 1
    li a1, ${BASE}
    li a2, 0
    li a6, 0
    li a7, 0x48534d
    ecall
  answer:
    slli t0, s0, 6
    add s2, s1, t0
    xori t0, s0, 1
    slli t0, t0, 6
    add s3, s1, t0
    li s4, 0
    li s5, ${ROUNDS}
    li s7, -1
  hundred:
    rdtime s6
    addi s8, s4, 100
  round:
    # Hart 0 goes first; hart 1 follows it.
    bnez s0, follow
    addi s4, s4, 1
    sd s4, 0(s2)
  wait:
    ld t0, 0(s3)
    bne t0, s4, wait
    bltu s4, s8, round
    rdtime t0
    sub t0, t0, s6
    bgeu t0, s7, slower
    mv s7, t0
    sd s7, 128(s1)
  slower:
    bltu s4, s5, hundred
    li t0, 0x100000
    li t1, 0x5555
    sw t1, 0(t0)
  stop:
    j stop
  follow:
    ld t0, 0(s3)
    beq t0, s4, follow
    mv s4, t0
    sd s4, 0(s2)
    j round
  `;
  const machine = virtMachine({ harts: 2, memory: { base: BASE, size: 8n << 20n } });
  const { bytes } = assemble(source, { base: BASE });
  const boot = { segments: [{ what: 'guest', gpa: BASE, bytes }], entry: BASE, dtbAddress: BASE };
  await using vm = await Vm.create(host, platform, { machine, boot });
  const end = await vm.run();
  const word = (at: number): number =>
    Number(new BigUint64Array(vm.memory.read(words + BigInt(at), 8).slice().buffer)[0]);
  return {
    isolated: crossOriginIsolated,
    cores: platform.cores,
    end: end.kind,
    answers: [word(0), word(64)],
    hundred: word(128) / TICKS_PER_MILLISECOND,
  };
}

Object.assign(globalThis, { bootHello, restoreHello, together });
