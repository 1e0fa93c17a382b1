// The privileged half of the hart by itself: CSRs, traps, interrupts and timers on one vCPU area, without an interpreter.
// Translation is replaced by a recorder of fences, instruction fetch by a word the test chooses; every extension the
// tables know is compiled in, so FEATURES alone decides.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as asc from 'assemblyscript/asc';
import { featureBits } from '../../isa/index.js';
import * as layout from '../hart/layout.js';

const vcpu = 0x10000;
const fetched = 0x7000;
const fences = 0x7010;

const root = fileURLToPath(new URL('../../..', import.meta.url));
const hart = 'src/engine/hart';
const entry = `${hart}/privilege-under-test.ts`;

const replaced: Record<string, string> = {
  [entry]: `
    export { csrInstruction, csrRead, csrWrite } from './csr';
    export { systemInstruction } from './privileged';
    export { raise, raiseAccess, raiseGuestPage, takeTrap } from './trap';
    export { pendingInterrupt, wakePending } from './interrupt';
    export { updateTimers, nextDeadline, now } from './timer';
    export { deriveFpState, fpDirty } from './status';
    export { resetCsrs } from './reset';
    export { dataPriv, hlvAccess } from './access';
  `,
  [`${hart}/memory.ts`]: `
    export function fetchBits(x: usize): u32 { return load<u32>(x, ${fetched}); }
    export function storeHost(host: usize, bytes: u32, value: u64): void {}
  `,
  [`${hart}/mmu.ts`]: `
    function note(x: usize, kind: u64, address: u64, id: u64, has: u64): void {
      store<u64>(x, kind, ${fences}); store<u64>(x, address, ${fences + 8});
      store<u64>(x, id, ${fences + 16}); store<u64>(x, has, ${fences + 24});
    }
    export function flushTlb(x: usize): void {}
    export function dataContext(x: usize): u32 { return 0; }
    export function effectiveAddress(x: usize, va: u64): u64 { return va; }
    export function fetchSecondHalf(x: usize): u32 { return 1; }
    export function raiseMisaligned(x: usize, cause: u64, va: u64): void {}
    export function fenceVma(x: usize, va: u64, asid: u32, hasVa: bool, hasAsid: bool, guest: bool): void {
      note(x, guest ? 2 : 1, va, asid, <u64>hasVa | (<u64>hasAsid << 1));
    }
    export function fenceGstage(x: usize, gpa: u64, vmid: u32, hasGpa: bool, hasVmid: bool): void {
      note(x, 3, gpa, vmid, <u64>hasGpa | (<u64>hasVmid << 1));
    }
  `,
  [`${hart}/aclint.ts`]: 'export function aclintMtimecmp(x: usize): u64 { return load<u64>(x, 0x7030); }',
};

function source(name: string, baseDir: string): string | null {
  if (replaced[name] !== undefined) return replaced[name];
  try {
    const text = readFileSync(resolve(baseDir, name), 'utf8');
    return name === `${hart}/features.ts` ? text.replace(/(export const SUPPORTED2?: u64 =)[^;]*;/g, '$1 ~0;') : text;
  } catch {
    return null; // the compiler tries several places
  }
}

/** Compiles the engine's privileged half. */
export async function compilePrivilege(): Promise<WebAssembly.Module> {
  let binary: Uint8Array<ArrayBuffer> | undefined;
  const settings = ['--runtime', 'stub', '--noAssert', '--enable', 'threads', '--use', 'abort='];
  const memory = ['--importMemory', '--sharedMemory', '--initialMemory', '16', '--maximumMemory', '16'];
  const placement = ['--memoryBase', '4096', '--noExportMemory', '--baseDir', root];
  const { error, stderr } = await asc.main(
    [entry, '--outFile', 'privilege.wasm', ...settings, ...memory, ...placement],
    {
      readFile: source,
      writeFile(_name, contents) {
        if (typeof contents !== 'string') binary = new Uint8Array(contents);
      },
    },
  );
  if (error || !binary) throw new Error(`${error?.message}\n${stderr}`);
  return new WebAssembly.Module(binary);
}

const text = readFileSync(resolve(root, hart, 'generated/isa.ts'), 'utf8');
const opNumbers = new Map([...text.matchAll(/const OP_(\w+): u32 = (\d+)/g)].map((m) => [m[1]!, Number(m[2])]));

/** The number the engine gives an instruction, by its name with underscores: `SFENCE_VMA`. */
export function op(name: string): number {
  const number = opNumbers.get(name);
  if (number === undefined) throw new Error(`no instruction ${name}`);
  return number;
}

/** What the engine's functions return. */
export const results = { ok: 0, trap: 1, leave: 2, jump: 3, exit: 4 } as const;

/** The modes of a hart with the hypervisor extension. */
export const modes = {
  M: { priv: 3, virt: 0 },
  HS: { priv: 1, virt: 0 },
  U: { priv: 0, virt: 0 },
  VS: { priv: 1, virt: 1 },
  VU: { priv: 0, virt: 1 },
} as const;
export type Mode = keyof typeof modes;
export const modeNames = Object.keys(modes) as Mode[];

type Functions = Record<string, (...args: (number | bigint)[]) => number | bigint>;
type Field32 = 'PRIV' | 'VIRT' | 'FFLAGS' | 'FRM' | 'FP_STATE' | 'OWNED' | 'TIME_MODE' | 'TIME_SHIFT' | 'IRQ_LINES';
type Field32More =
  | 'TIMER_LINES'
  | 'EXIT_REASON'
  | 'EXIT_PRIV'
  | 'EXIT_VIRT'
  | 'EXIT_GVA'
  | 'CHUNK_LEFT'
  | 'CHUNK_START';
type Field64 =
  | 'PC'
  | 'INSTRET'
  | 'FEATURES'
  | 'FEATURES2'
  | 'TIME_OFFSET'
  | 'EXIT_CAUSE'
  | 'EXIT_TVAL'
  | 'EXIT_TVAL2'
  | 'EXIT_TINST';
type Field64More = 'EXIT_GPA' | 'TRAP_CAUSE' | 'TRAP_TVAL' | 'MHARTID' | 'MIP' | 'HVIP';

const offsets: Readonly<Record<Field32 | Field32More | Field64 | Field64More, number>> = layout;

export class PrivilegeHart {
  readonly #view: DataView;
  readonly #call: Functions;
  /** What the host's clock says. */
  time = 0;
  /** What the host's source of randomness gives. */
  entropy = -1;

  constructor(module: WebAssembly.Module) {
    const memory = new WebAssembly.Memory({ initial: 16, maximum: 16, shared: true });
    const { exports } = new WebAssembly.Instance(module, {
      env: { memory, time: () => this.time, entropy: () => this.entropy, realm: 0, realmArea: 0x4000 },
    });
    this.#view = new DataView(memory.buffer, vcpu, 0x8000);
    this.#call = exports as Functions;
    this.reset();
  }

  /** Reset with every feature but the given ones (`H`, `Svinval`), and Smdbltrp only if asked for; nothing owned, in M-mode. */
  reset(without: string | readonly string[] = [], withSmdbltrp = false): void {
    for (let at = 0; at < 0x8000; at += 8) this.#view.setBigUint64(at, 0n, true);
    this.time = 0;
    this.#view.setBigUint64(0x7030, ~0n, true);
    const bit = (name: string) => 1n << BigInt(featureBits.get(name)!);
    const gone = [...(typeof without === 'string' ? [without] : without), ...(withSmdbltrp ? [] : ['Smdbltrp'])];
    const off = gone.reduce((bits, name) => bits | bit(name), 0n);
    this.set('FEATURES', BigInt.asUintN(64, ~off));
    this.set('FEATURES2', BigInt.asUintN(64, ~(off >> 64n)));
    this.#call.resetCsrs!(vcpu);
  }

  u32(field: Field32 | Field32More): number {
    return this.#view.getUint32(offsets[field], true);
  }
  setU32(field: Field32 | Field32More, value: number): void {
    this.#view.setUint32(offsets[field], value, true);
  }
  get(field: Field64 | Field64More): bigint {
    return this.#view.getBigUint64(offsets[field], true);
  }
  set(field: Field64 | Field64More, value: bigint): void {
    this.#view.setBigUint64(offsets[field], value, true);
  }
  x(index: number): bigint {
    return this.#view.getBigUint64(index * 8, true);
  }
  setX(index: number, value: bigint): void {
    this.#view.setBigUint64(index * 8, value, true);
  }
  set mtimecmp(value: bigint) {
    this.#view.setBigUint64(0x7030, value, true);
  }
  set fetchBits(value: number) {
    this.#view.setUint32(fetched, value, true);
  }
  set mode(name: Mode) {
    this.setU32('PRIV', modes[name].priv);
    this.setU32('VIRT', modes[name].virt);
  }
  get mode(): Mode {
    const found = modeNames.find((m) => modes[m].priv === this.u32('PRIV') && modes[m].virt === this.u32('VIRT'));
    if (!found) throw new Error(`no such mode: ${this.u32('PRIV')} ${this.u32('VIRT')}`);
    return found;
  }

  /** The last fence the hart executed, then forgotten. */
  takeFence(): { kind: 'none' | 'first' | 'guest' | 'gstage'; address: bigint; id: bigint; has: bigint } {
    const at = (offset: number) => this.#view.getBigUint64(fences + offset, true);
    const kind = (['none', 'first', 'guest', 'gstage'] as const)[Number(at(0))]!;
    const fence = { kind, address: at(8), id: at(16), has: at(24) };
    this.#view.setBigUint64(fences, 0n, true);
    return fence;
  }

  read(csr: number): bigint {
    return BigInt.asUintN(64, this.#call.csrRead!(vcpu, csr) as bigint);
  }
  write(csr: number, value: bigint): void {
    this.#call.csrWrite!(vcpu, csr, value);
  }

  /** Executes `name rd, csr, rs1` on registers, or with an immediate; returns R_*. */
  csr(
    name: 'CSRRW' | 'CSRRS' | 'CSRRC' | 'CSRRWI' | 'CSRRSI' | 'CSRRCI',
    rd: number,
    csr: number,
    rs1: number,
  ): number {
    return this.#call.csrInstruction!(vcpu, op(name), rd === 0 ? layout.X_SINK : rd, rs1, csr) as number;
  }
  system(name: string, rs1 = 0, rs2 = 0): number {
    return this.#call.systemInstruction!(vcpu, op(name), layout.X_SINK, rs1, rs2) as number;
  }
  /** The exception an instruction raised, as a cause. */
  get cause(): number {
    return Number(this.get('TRAP_CAUSE'));
  }

  raise(cause: bigint, tval = 0n): void {
    this.#call.raise!(vcpu, cause, tval);
  }
  raiseAccess(cause: bigint, va: bigint, tinst: bigint, guest: boolean): void {
    this.#call.raiseAccess!(vcpu, cause, va, tinst, Number(guest));
  }
  raiseGuestPage(cause: bigint, gva: bigint, gpa: bigint, tinst: bigint, outer: boolean): void {
    this.#call.raiseGuestPage!(vcpu, cause, gva, gpa, tinst, Number(outer));
  }
  takeTrap(): number {
    return this.#call.takeTrap!(vcpu) as number;
  }
  pendingInterrupt(): number {
    return this.#call.pendingInterrupt!(vcpu) as number;
  }
  wakePending(): boolean {
    return this.#call.wakePending!(vcpu) !== 0;
  }
  updateTimers(): void {
    this.#call.updateTimers!(vcpu, this.#call.now!(vcpu) as bigint);
  }
  nextDeadline(): bigint {
    return BigInt.asUintN(64, this.#call.nextDeadline!(vcpu) as bigint);
  }
  now(): bigint {
    return BigInt.asUintN(64, this.#call.now!(vcpu) as bigint);
  }
  deriveFpState(): number {
    this.#call.deriveFpState!(vcpu);
    return this.u32('FP_STATE');
  }
  fpDirty(): void {
    this.#call.fpDirty!(vcpu);
  }
  dataPriv(): number {
    return this.#call.dataPriv!(vcpu) as number;
  }
  hlvAccess(): number {
    return (this.#call.hlvAccess!(vcpu) as number) >>> 0;
  }
}
