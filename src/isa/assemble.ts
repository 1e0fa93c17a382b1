// A small two-pass assembler for test programs and boot stubs. It makes one flat image, knows every instruction of the
// tables and the usual pseudo-instructions, and never compresses or relaxes: `c.` mnemonics are written out.

import { type Data, directive } from './assembler/directives.js';
import { evaluate, type Scope } from './assembler/expression.js';
import { encodeForm, formsOf } from './assembler/forms.js';
import { type Pseudo, pseudoOf } from './assembler/pseudo.js';
import { atLine, parseSource, type Statement } from './assembler/source.js';
import { HypercraftError } from './error.js';
import { fprNumber } from './registers.js';

/** Where the assembled code will lie. */
export interface AssembleOptions {
  /** Address of the first byte; 0 when not given. */
  readonly base?: bigint | number;
  /** Symbols the program may use besides its own. */
  readonly symbols?: Readonly<Record<string, bigint | number>>;
}

/** What the assembler made: bytes, and the addresses of labels. */
export interface Assembled {
  /** The program, from its base on. */
  readonly bytes: Uint8Array;
  /** Every label and `.equ` of the program; local labels are not among them. */
  readonly symbols: Map<string, bigint>;
}

/** A statement with its place in the image. */
interface Placed {
  readonly statement: Statement;
  readonly order: number;
  readonly address: bigint;
  readonly bytes: number;
  readonly content: Data | Pseudo | 'instruction';
}

class Program {
  readonly symbols = new Map<string, bigint>();
  readonly #given = new Map<string, bigint>();
  readonly #locals = new Map<string, { order: number; address: bigint }[]>();
  readonly #pcrel = new Map<bigint, bigint>();
  readonly #placed: Placed[] = [];
  readonly #later: { name: string; text: string; order: number; address: bigint; line: number }[] = [];
  readonly #base: bigint;
  #here: bigint;

  constructor(base: bigint, given: Readonly<Record<string, bigint | number>>) {
    this.#base = base;
    this.#here = base;
    for (const [name, value] of Object.entries(given)) this.#given.set(name, BigInt(value));
  }

  /** First pass: gives every statement its address. */
  place(statements: readonly Statement[]): void {
    statements.forEach((statement, order) => {
      try {
        for (const label of statement.labels) this.#label(label, order);
        if (statement.name === '.equ' || statement.name === '.set') this.#define(statement, order);
        else if (statement.name !== '') this.#placeOne(statement, order);
      } catch (error) {
        throw atLine(statement.line, error);
      }
    });
    for (const { name, text, order, address, line } of this.#later) {
      try {
        this.symbols.set(name, evaluate(text, this.#scope(order, address)));
      } catch (error) {
        throw atLine(line, error);
      }
    }
  }

  /** Second pass: the bytes. */
  bytes(): Uint8Array {
    const image = new Uint8Array(Number(this.#here - this.#base));
    for (const placed of this.#placed) {
      const view = new DataView(image.buffer, Number(placed.address - this.#base), placed.bytes);
      try {
        this.#write(placed, view);
      } catch (error) {
        throw atLine(placed.statement.line, error);
      }
    }
    return image;
  }

  #label(name: string, order: number): void {
    if (/^\d/.test(name)) {
      this.#locals.set(name, [...(this.#locals.get(name) ?? []), { order, address: this.#here }]);
      return;
    }
    if (this.symbols.has(name)) throw new HypercraftError('ASM_SYMBOL', `the symbol '${name}' is defined twice`);
    this.symbols.set(name, this.#here);
  }

  #define({ operands, line }: Statement, order: number): void {
    const [name, text] = operands;
    if (!name || !text) throw new HypercraftError('ASM_SYNTAX', 'a symbol and an expression are needed');
    try {
      this.symbols.set(name, evaluate(text, this.#scope(order, this.#here)));
    } catch (error) {
      if (!(error instanceof HypercraftError) || error.code !== 'ASM_SYMBOL') throw error;
      this.#later.push({ name, text, order, address: this.#here, line });
    }
  }

  #placeOne(statement: Statement, order: number): void {
    const { name, operands } = statement;
    const constant = (text: string): bigint => evaluate(text, this.#scope(order, this.#here));
    let content: Placed['content'] = 'instruction';
    let bytes: number;
    if (name.startsWith('.')) {
      const data = directive(name, operands);
      content = data;
      bytes = data.bytes(this.#here, constant);
    } else {
      const pseudo = pseudoOf(name, operands, constant, fprNumber);
      const [form] = formsOf(name);
      if (!pseudo && !form) throw new HypercraftError('ASM_UNKNOWN_INSTRUCTION', `there is no instruction '${name}'`);
      content = pseudo ?? 'instruction';
      bytes = pseudo ? pseudo.bytes : form!.instruction.length;
    }
    this.#placed.push({ statement, order, address: this.#here, bytes, content });
    this.#here += BigInt(bytes);
  }

  #write({ statement, order, address, content }: Placed, view: DataView): void {
    const value = (text: string): bigint => evaluate(text, this.#scope(order, address));
    if (content === 'instruction') {
      const word = encodeStatement(statement, value, address);
      if (view.byteLength === 2) view.setUint16(0, word, true);
      else view.setUint32(0, word, true);
    } else if ('words' in content) {
      content.words(value, address).forEach((word, n) => {
        view.setUint32(n * 4, word, true);
      });
    } else {
      content.write(view, address, value);
    }
  }

  #scope(order: number, here: bigint): Scope {
    return {
      here,
      symbol: (name) =>
        /^\d/.test(name) ? this.#local(name, order) : (this.symbols.get(name) ?? this.#given.get(name)),
      pcrelTarget: (address) => this.#pcrel.get(address),
      pcrelUsed: (target) => this.#pcrel.set(here, target),
    };
  }

  #local(name: string, order: number): bigint | undefined {
    const all = this.#locals.get(name.slice(0, -1)) ?? [];
    const found = name.endsWith('f') ? all.find((l) => l.order > order) : all.findLast((l) => l.order <= order);
    return found?.address;
  }
}

/** Tries the forms of a mnemonic; the complaint is that of the first with as many operands. */
function encodeStatement({ name, operands }: Statement, value: (text: string) => bigint, here: bigint): number {
  let complaint: unknown;
  for (const form of formsOf(name)) {
    try {
      return encodeForm(form, operands, value, here);
    } catch (error) {
      if (!(error instanceof HypercraftError)) throw error;
      if (!complaint || form.slots.length === operands.length) complaint ??= error;
    }
  }
  throw complaint;
}

/**
 * Assembles a program.
 *
 * @throws HypercraftError with the line in its message: `ASM_SYNTAX`, `ASM_UNKNOWN_INSTRUCTION`, `ASM_DIRECTIVE`,
 * `ASM_OPERAND`, `ASM_RANGE`, `ASM_SYMBOL`
 * @example
 * const { bytes, symbols } = assemble('start: li a0, 42\n ecall', { base: 0x80000000 });
 */
export function assemble(source: string, options: AssembleOptions = {}): Assembled {
  const program = new Program(BigInt(options.base ?? 0), options.symbols ?? {});
  program.place(parseSource(source));
  return { bytes: program.bytes(), symbols: program.symbols };
}
