// The floating-point unit by itself: executes single instructions on one vCPU area.
import * as layout from '../hart/layout.js';

const vcpu = 0x10000;

type FpExecute = (x: number, op: number, rd: number, r1: number, r2: number, r3: number, rm: number) => number;

export interface Executed {
  /** Whether the rounding mode was a legal one. */
  readonly legal: boolean;
  /** f10 and x10, of which an instruction writes one. */
  readonly f: bigint;
  readonly x: bigint;
  readonly flags: number;
}

/** The destination of every instruction. */
const rd = 10;

export class FloatingPointUnit {
  readonly #registers: BigUint64Array;
  readonly #words: Uint32Array;
  readonly #execute: FpExecute;
  readonly #numbers: ReadonlyMap<string, number>;

  /** A module that imports the memory and exports fpExecute; the text of the generated instruction numbers. */
  constructor(module: WebAssembly.Module, numbers: string) {
    const memory = new WebAssembly.Memory({ initial: 16, maximum: 16, shared: true });
    const { exports } = new WebAssembly.Instance(module, { env: { memory } });
    this.#execute = exports.fpExecute as unknown as FpExecute;
    this.#numbers = new Map(
      [...numbers.matchAll(/const (OP_\w+)[^=]*= (\d+)/g)].map(([, name, n]) => [name!, Number(n)]),
    );
    this.#registers = new BigUint64Array(memory.buffer);
    this.#words = new Uint32Array(memory.buffer);
  }

  /** The number of an instruction: `fadd.d`. */
  op(name: string): number {
    const number = this.#numbers.get(`OP_${name.toUpperCase().replaceAll('.', '_')}`);
    if (number === undefined) throw new Error(`no instruction ${name}`);
    return number;
  }

  /** Executes with the operands in f1, f2, f3, and the first in x1 too; `rm` as in the instruction. */
  execute(op: number, operands: readonly bigint[], rm: number, flags = 0, frm = 0): Executed {
    operands.forEach((value, i) => {
      this.#registers[(vcpu + layout.F) / 8 + 1 + i] = value;
    });
    this.#registers[(vcpu + layout.X) / 8 + 1] = operands[0] ?? 0n;
    this.#words[(vcpu + layout.FFLAGS) / 4] = flags;
    this.#words[(vcpu + layout.FRM) / 4] = frm;
    const legal = this.#execute(vcpu, op, rd, 1, 2, 3, rm) !== 0;
    return {
      legal,
      f: this.#registers[(vcpu + layout.F) / 8 + rd]!,
      x: this.#registers[(vcpu + layout.X) / 8 + rd]!,
      flags: this.#words[(vcpu + layout.FFLAGS) / 4]!,
    };
  }

  /** fli: the source register's number is the index of the constant. */
  loadConstant(op: number, index: number): bigint {
    this.#execute(vcpu, op, rd, index, 1, 0, 0);
    return this.#registers[(vcpu + layout.F) / 8 + rd]!;
  }
}
