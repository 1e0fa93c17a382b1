// Expressions of the assembler: numbers, characters, symbols, `.`, local labels (`1f`, `1b`), the operators of GNU as with its
// precedence (* / % << >> before | & ^ before + -), and %hi, %lo, %pcrel_hi, %pcrel_lo. Values are 64-bit, signed.

import { HypercraftError } from '../error.js';

/** What an expression may refer to. */
export interface Scope {
  /** Address of the statement. */
  readonly here: bigint;
  /** Value of a symbol or of a local label as written (`1f`); undefined when there is none (yet). */
  symbol(name: string): bigint | undefined;
  /** What the AUIPC at this address was given as %pcrel_hi. */
  pcrelTarget(address: bigint): bigint | undefined;
  /** Called for each %pcrel_hi. */
  pcrelUsed(target: bigint): void;
}

const escapes: Readonly<Record<string, number>> = { n: 10, t: 9, r: 13, b: 8, f: 12, e: 27, a: 7 };
const character = /\\x([0-9a-fA-F]+)|\\([0-7]{1,3})|\\(.)|[^\\]/gsu;

/** The bytes of a quoted string or character without its quotes: escapes name bytes, the rest is UTF-8. */
export function textBytes(text: string): number[] {
  const encoder = new TextEncoder();
  return [...text.matchAll(character)].flatMap(([plain, hex, octal, letter]) => {
    if (hex) return [Number.parseInt(hex, 16) & 255];
    if (octal) return [Number.parseInt(octal, 8) & 255];
    if (letter) return escapes[letter] ?? [...encoder.encode(letter)];
    return [...encoder.encode(plain)];
  });
}

const token =
  /\s*(0[xX][0-9a-fA-F]+|0[bB][01]+|\d+[fb]\b|\d+|'(?:\\(?:x[0-9a-fA-F]+|[0-7]{1,3}|.)|[^\\'])'|%\w+(?=\s*\()|[A-Za-z_.$][\w.$]*|<<|>>|[-+*/%&|^~()])/y;

function tokenize(text: string): string[] {
  const tokens: string[] = [];
  token.lastIndex = 0;
  const end = text.trimEnd().length;
  while (token.lastIndex < end) {
    const found = token.exec(text);
    if (!found) throw new HypercraftError('ASM_SYNTAX', `cannot read the expression '${text.trim()}'`);
    tokens.push(found[1]!);
  }
  return tokens;
}

const levels: readonly (readonly string[])[] = [
  ['+', '-'],
  ['|', '&', '^'],
  ['*', '/', '%', '<<', '>>'],
];

const low12 = (value: bigint): bigint => BigInt.asIntN(12, value);
const high20 = (value: bigint): bigint => ((value + 0x800n) >> 12n) & 0xfffffn;

class Parser {
  readonly #tokens: string[];
  readonly #scope: Scope;
  readonly #text: string;
  #at = 0;

  constructor(text: string, scope: Scope) {
    this.#text = text.trim();
    this.#tokens = tokenize(text);
    this.#scope = scope;
  }

  parse(): bigint {
    const value = this.#binary(0);
    if (this.#at < this.#tokens.length) this.#fail();
    return BigInt.asIntN(64, value);
  }

  #fail(): never {
    throw new HypercraftError('ASM_SYNTAX', `cannot read the expression '${this.#text}'`);
  }

  #binary(level: number): bigint {
    if (level === levels.length) return this.#unary();
    let left = this.#binary(level + 1);
    while (levels[level]!.includes(this.#tokens[this.#at] ?? '')) {
      const operator = this.#tokens[this.#at++]!;
      left = BigInt.asIntN(64, this.#apply(operator, left, this.#binary(level + 1)));
    }
    return left;
  }

  #apply(operator: string, a: bigint, b: bigint): bigint {
    switch (operator) {
      case '+':
        return a + b;
      case '-':
        return a - b;
      case '|':
        return a | b;
      case '&':
        return a & b;
      case '^':
        return a ^ b;
      case '*':
        return a * b;
      case '<<':
        return b >= 0n && b < 64n ? a << b : 0n;
      case '>>':
        return b >= 0n && b < 64n ? BigInt.asUintN(64, a) >> b : 0n;
      default:
        if (b === 0n) throw new HypercraftError('ASM_RANGE', `division by zero in '${this.#text}'`);
        return operator === '/' ? a / b : a % b;
    }
  }

  #unary(): bigint {
    const first = this.#tokens[this.#at++];
    if (first === undefined) this.#fail();
    if (first === '-') return -this.#unary();
    if (first === '+') return this.#unary();
    if (first === '~') return ~this.#unary();
    if (first === '(') return this.#closed();
    if (/^%\w/.test(first)) {
      this.#at++; // the parenthesis
      return this.#relocation(first);
    }
    if (/^\d/.test(first) && !/^\d+[fb]$/.test(first))
      return BigInt(/^0\d/.test(first) ? `0o${first.slice(1)}` : first);
    if (first.startsWith("'")) return BigInt(textBytes(first.slice(1, -1))[0]!);
    if (first === '.') return this.#scope.here;
    if (!/^[\w.$]/.test(first)) this.#fail();
    return this.#symbol(first);
  }

  #closed(): bigint {
    const value = this.#binary(0);
    if (this.#tokens[this.#at++] !== ')') this.#fail();
    return value;
  }

  #symbol(name: string): bigint {
    const value = this.#scope.symbol(name);
    if (value === undefined) throw new HypercraftError('ASM_SYMBOL', `the symbol '${name}' is not defined`);
    return value;
  }

  #relocation(name: string): bigint {
    const value = this.#closed();
    switch (name) {
      case '%hi':
        return high20(value);
      case '%lo':
        return low12(value);
      case '%pcrel_hi':
        this.#scope.pcrelUsed(value);
        return high20(value - this.#scope.here);
      case '%pcrel_lo': {
        const target = this.#scope.pcrelTarget(value);
        if (target === undefined) {
          throw new HypercraftError(
            'ASM_SYMBOL',
            `'${this.#text}' does not name an instruction before it with %pcrel_hi`,
          );
        }
        return low12(target - value);
      }
      default:
        throw new HypercraftError('ASM_SYNTAX', `there is no relocation function '${name}'`);
    }
  }
}

/**
 * The value of an expression.
 *
 * @throws HypercraftError `ASM_SYNTAX`, `ASM_SYMBOL` for a symbol the scope does not have, `ASM_RANGE`
 */
export function evaluate(text: string, scope: Scope): bigint {
  return new Parser(text, scope).parse();
}
