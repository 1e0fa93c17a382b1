// The text of an assembly program, taken apart into statements: labels, mnemonic or directive, operands. Comments begin
// with `#` or `//` or stand between `/*` and `*/`; `;` separates statements.

import { HypercraftError } from '../error.js';

export interface Statement {
  /** Line in the source, from 1. */
  readonly line: number;
  readonly labels: readonly string[];
  /** Mnemonic or directive in lower case (`symbol = value` is `.set`); empty when the line holds labels only. */
  readonly name: string;
  readonly operands: readonly string[];
}

/** The error with the line it is on. */
export function atLine(line: number, error: unknown): unknown {
  if (!(error instanceof HypercraftError)) return error;
  return new HypercraftError(error.code, `line ${line}: ${error.message}`, { cause: error });
}

const piece = /"(?:\\.|[^"\\])*"|'(?:\\(?:x[0-9a-fA-F]+|[0-7]{1,3}|.)|[^\\'])'|\/\*[\s\S]*?\*\/|\/\/.*|#.*|[\s\S]/g;

/** Splits at a separator outside quotes and parentheses, and drops comments. Line ends inside comments stay. */
function split(text: string, separators: string): string[] {
  const parts = [''];
  let depth = 0;
  for (const [found] of text.matchAll(piece)) {
    if (/^(\/\*|\/\/|#)/.test(found)) {
      parts[parts.length - 1] += ` ${found.replace(/[^\n]/g, '')}`;
      continue;
    }
    if (found === '(') depth++;
    if (found === ')') depth--;
    if (depth <= 0 && separators.includes(found)) parts.push('');
    else parts[parts.length - 1] += found;
  }
  return parts;
}

function parseStatement(text: string, line: number): Statement | undefined {
  const labels: string[] = [];
  let rest = text.trim();
  for (
    let found = /^([A-Za-z_.$][\w.$]*|\d+)\s*:/.exec(rest);
    found;
    found = /^([A-Za-z_.$][\w.$]*|\d+)\s*:/.exec(rest)
  ) {
    labels.push(found[1]!);
    rest = rest.slice(found[0].length).trim();
  }
  const assignment = /^([A-Za-z_.$][\w.$]*)\s*=(?!=)\s*(.*)$/.exec(rest);
  if (assignment) return { line, labels, name: '.set', operands: [assignment[1]!, assignment[2]!] };
  if (rest === '') return labels.length > 0 ? { line, labels, name: '', operands: [] } : undefined;
  const found = /^([\w.]+)\s*([\s\S]*)$/.exec(rest);
  if (!found) throw atLine(line, new HypercraftError('ASM_SYNTAX', `cannot read '${rest}'`));
  const operands = found[2] === '' ? [] : split(found[2]!, ',').map((operand) => operand.trim());
  return { line, labels, name: found[1]!.toLowerCase(), operands };
}

/** All statements of a program. */
export function parseSource(source: string): Statement[] {
  const statements: Statement[] = [];
  split(source, '')
    .join('')
    .split('\n')
    .forEach((text, index) => {
      for (const part of split(text, ';')) {
        const statement = parseStatement(part, index + 1);
        if (statement) statements.push(statement);
      }
    });
  return statements;
}
