// The option parser: a command is a table of options, and a command line is checked against it completely before
// anything runs. Long options only, `--name value` or `--name=value`; `--` ends them.
import { HypercraftError } from '../isa/error.js';

/** One option of a command. */
export interface OptionSpec {
  /** With its dashes: `--memory`. */
  readonly name: string;
  /** What the value is called in the help text; an option without it is a switch. */
  readonly value?: string;
  readonly help: string;
}

/** One command of the program, as the help text and the parser see it. */
export interface CommandSpec {
  readonly name: string;
  /** Positional arguments as the help text shows them, e.g. `[IMAGE]`. */
  readonly operands: string;
  readonly maxOperands: number;
  readonly help: string;
  readonly options: readonly OptionSpec[];
}

/** A command line that passed its check. */
export interface ParsedOptions {
  readonly operands: readonly string[];
  readonly values: ReadonlyMap<string, string>;
}

/** Bad usage: the program ends with status 2 and this message as its one line. */
export function usage(message: string): HypercraftError {
  return new HypercraftError('USAGE', message);
}

/** Checks `args` (without the command's own name) against `spec`. Throws `USAGE` with a one-line message. */
export function parseOptions(spec: CommandSpec, args: readonly string[]): ParsedOptions {
  const operands: string[] = [];
  const values = new Map<string, string>();
  for (let i = 0; i < args.length; i++) {
    const argument = args[i]!;
    if (argument === '--') {
      operands.push(...args.slice(i + 1));
      break;
    }
    if (!argument.startsWith('-') || argument === '-') {
      operands.push(argument);
      continue;
    }
    const equals = argument.indexOf('=');
    const name = equals < 0 ? argument : argument.slice(0, equals);
    const option = spec.options.find((candidate) => candidate.name === name);
    if (!option) throw usage(`unknown option '${name}' for '${spec.name}' (try hypercraft --help)`);
    if (values.has(name)) throw usage(`option ${name} given twice`);
    if (option.value === undefined) {
      if (equals >= 0) throw usage(`option ${name} takes no value`);
      values.set(name, '');
      continue;
    }
    const value = equals < 0 ? args[++i] : argument.slice(equals + 1);
    if (value === undefined) throw usage(`option ${name} needs a value (${option.value})`);
    values.set(name, value);
  }
  if (operands.length > spec.maxOperands) {
    throw usage(`unexpected argument '${operands[spec.maxOperands]}' for '${spec.name}' (try hypercraft --help)`);
  }
  return { operands, values };
}

const UNITS: Readonly<Record<string, number>> = { '': 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30 };

/** `512M`, `1G`, `1048576`, `256MiB` -> bytes. */
export function parseSize(option: string, text: string): number {
  const match = /^(\d{1,15})([kmg]?)(?:i?b)?$/i.exec(text);
  if (!match) throw usage(`${option}: '${text}' is not a size (write it like 512M or 1G)`);
  const bytes = Number(match[1]) * UNITS[match[2]!.toUpperCase()]!;
  if (bytes === 0) throw usage(`${option}: the size must not be zero`);
  return bytes;
}

/** A whole number between two bounds. */
export function parseCount(option: string, text: string, bounds: { min: number; max: number }): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= bounds.min && value <= bounds.max)) {
    throw usage(`${option}: '${text}' is not a whole number from ${bounds.min} to ${bounds.max}`);
  }
  return value;
}

/** Seconds, fractions allowed, more than zero. */
export function parseSeconds(option: string, text: string): number {
  const value = /^(\d+(\.\d*)?|\.\d+)$/.test(text) ? Number(text) : Number.NaN;
  if (!(value > 0 && value <= 2_000_000)) throw usage(`${option}: '${text}' is not a number of seconds above zero`);
  return value;
}

/** A 64-bit number, decimal or hexadecimal. */
export function parseSeed(option: string, text: string): bigint {
  const value = /^(\d{1,20}|0x[0-9a-f]{1,16})$/i.test(text) ? BigInt(text) : -1n;
  if (value < 0n || value >> 64n !== 0n) throw usage(`${option}: '${text}' is not a 64-bit number`);
  return value;
}

/** One word out of a list. */
export function parseChoice<T extends string>(option: string, text: string, choices: readonly T[]): T {
  const found = choices.find((choice) => choice === text);
  if (found === undefined) throw usage(`${option}: '${text}' is not one of ${choices.join(', ')}`);
  return found;
}
