// For tests: the interrupt controllers alone, compiled from their sources with a clock in place of the hart's timer.
import { readFileSync } from 'node:fs';
import asc from 'assemblyscript/asc';
import { MAX_VCPUS, MHARTID, VCPU_AREA, VCPU_STRIDE, VM_AREA, VM_BASE, XLATE_GPA } from './layout.js';
import { VM_LINE_M, VM_LINE_S, VM_PLIC_BASE, VM_PLIC_SIZE, VM_VCPU_COUNT, VM_VCPUS } from './vmlayout.js';

const PAGES = Math.ceil((VCPU_AREA + MAX_VCPUS * VCPU_STRIDE) / 65536);

const SOURCES: Record<string, string> = {
  'index.ts': `export { deviceLoad, deviceStore, lineSet, plicSetLevel, aclintMtimecmp } from './irqchip';`,
  'timer.ts': `
    import { TIME_OFFSET, TIMER_LINES } from './layout';
    import { aclintMtimecmp } from './aclint';
    @external("env", "time") declare function hostTime(): f64;
    export function now(x: usize): u64 { return <u64>hostTime() + load<u64>(x, TIME_OFFSET); }
    export function updateTimers(x: usize, time: u64): void {
      store<u32>(x, time >= aclintMtimecmp(x) ? 1 << 7 : 0, TIMER_LINES);
    }`,
};

async function compile(): Promise<WebAssembly.Module> {
  let binary: Uint8Array | undefined;
  const flags = '--runtime stub -O3 --noAssert --enable threads --importMemory --sharedMemory --memoryBase 4096';
  const { error, stderr } = await asc.main(
    [
      'index.ts',
      '--outFile',
      'chip.wasm',
      ...flags.split(' '),
      '--initialMemory',
      `${PAGES}`,
      '--maximumMemory',
      `${PAGES}`,
      '--use',
      'abort=',
      '--noExportMemory',
    ],
    {
      readFile: (path: string) => {
        const name = path.split('/').at(-1)!;
        if (path.startsWith('node_modules') || name === 'asconfig.json') return null;
        try {
          return SOURCES[name] ?? readFileSync(new URL(name, import.meta.url), 'utf8');
        } catch {
          return null;
        }
      },
      writeFile: (name: string, contents: string | Uint8Array) => {
        if (name.endsWith('.wasm')) binary = contents as Uint8Array;
      },
      listFiles: () => [],
    },
  );
  if (error || !binary) throw new Error(`the interrupt controllers do not compile: ${stderr.toString()}`);
  return new WebAssembly.Module(binary as BufferSource);
}

let compiled: Promise<WebAssembly.Module> | undefined;

interface ChipExports {
  deviceLoad(x: number, gpa: bigint, size: number): number;
  deviceStore(x: number, gpa: bigint, size: number, value: bigint): number;
  lineSet(vcpu: number, mask: number, on: boolean): void;
  plicSetLevel(vm: number, source: number, level: boolean): void;
  aclintMtimecmp(x: number): bigint;
}

/** The compiled module and its memory, for tests that put instances on other threads. */
export interface SharedChip {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
}

/** Interrupt controllers with a few harts around them. */
export class Chip {
  readonly vm = VM_AREA;
  readonly plicBase = 0xc00_0000n;
  time = 0;
  readonly memory: WebAssembly.Memory;
  readonly u32: Uint32Array;
  readonly view: DataView;
  readonly exports: ChipExports;

  constructor(readonly shared: SharedChip) {
    this.memory = shared.memory;
    this.u32 = new Uint32Array(this.memory.buffer);
    this.view = new DataView(this.memory.buffer);
    const imports = { env: { memory: this.memory, time: () => this.time } };
    this.exports = new WebAssembly.Instance(shared.module, imports).exports as unknown as ChipExports;
  }

  /** A machine of `harts` harts with a PLIC. */
  static async create(harts: number, lines = { machine: 1 << 11, supervisor: 1 << 9 }): Promise<Chip> {
    compiled ??= compile();
    const memory = new WebAssembly.Memory({ initial: PAGES, maximum: PAGES, shared: true });
    const chip = new Chip({ module: await compiled, memory });
    for (let hart = 0; hart < harts; hart++) {
      chip.u32[(chip.vm + VM_VCPUS) / 4 + hart] = chip.vcpu(hart);
      chip.u32[(chip.vcpu(hart) + VM_BASE) / 4] = chip.vm;
      chip.view.setBigUint64(chip.vcpu(hart) + MHARTID, BigInt(hart), true);
    }
    chip.u32[(chip.vm + VM_VCPU_COUNT) / 4] = harts;
    chip.u32[(chip.vm + VM_LINE_M) / 4] = lines.machine;
    chip.u32[(chip.vm + VM_LINE_S) / 4] = lines.supervisor;
    chip.view.setBigUint64(chip.vm + VM_PLIC_BASE, chip.plicBase, true);
    chip.view.setBigUint64(chip.vm + VM_PLIC_SIZE, 0x400_0000n, true);
    return chip;
  }

  vcpu(hart: number): number {
    return VCPU_AREA + hart * VCPU_STRIDE;
  }

  /** A field of a hart's area. */
  field(hart: number, offset: number): number {
    return Atomics.load(this.u32, (this.vcpu(hart) + offset) / 4);
  }

  setField(hart: number, offset: number, value: number): void {
    Atomics.store(this.u32, (this.vcpu(hart) + offset) / 4, value);
  }

  /** A load by hart `hart`; undefined if no in-engine device is there. */
  load(gpa: bigint, size = 4, hart = 0): bigint | undefined {
    if (!this.exports.deviceLoad(this.vcpu(hart), gpa, size)) return undefined;
    return this.view.getBigUint64(this.vcpu(hart) + XLATE_GPA, true);
  }

  store(gpa: bigint, value: bigint | number, size = 4, hart = 0): boolean {
    return Boolean(this.exports.deviceStore(this.vcpu(hart), gpa, size, BigInt(value)));
  }

  plicSetLevel(vm: number, source: number, level: boolean): void {
    this.exports.plicSetLevel(vm, source, level);
  }

  setLevel(source: number, level: boolean): void {
    this.plicSetLevel(this.vm, source, level);
  }

  // ---- PLIC registers by name ---------------------------------------------------------------------------------------

  priority(source: number, value: number): void {
    this.store(this.plicBase + BigInt(source * 4), value);
  }

  enable(context: number, ...sources: number[]): void {
    for (let word = 0; word < 4; word++) {
      const bits = sources.filter((source) => source >> 5 === word).reduce((mask, source) => mask | (1 << source), 0);
      this.store(this.plicBase + BigInt(0x2000 + context * 0x80 + word * 4), bits >>> 0);
    }
  }

  threshold(context: number, value: number): void {
    this.store(this.plicBase + BigInt(0x20_0000 + context * 0x1000), value);
  }

  claim(context: number): number {
    return Number(this.load(this.plicBase + BigInt(0x20_0004 + context * 0x1000)));
  }

  complete(context: number, source: number): void {
    this.store(this.plicBase + BigInt(0x20_0004 + context * 0x1000), source);
  }

  pending(source: number): boolean {
    const word = Number(this.load(this.plicBase + BigInt(0x1000 + (source >> 5) * 4)));
    return ((word >>> (source & 31)) & 1) === 1;
  }
}
