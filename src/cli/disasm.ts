// `hypercraft disasm FILE`: the executable parts of an ELF file with their symbols, or raw code, as text on stdout.
import { isElf, loadImage, parseElf, SymbolTable, unwrap } from '../boot/index.js';
import { disassemble, HypercraftError } from '../isa/index.js';
import { readInput } from '../platform/node/disk.js';
import { Terminal } from '../platform/node/terminal.js';
import { type ParsedOptions, usage } from './options.js';

const MAX_FILE = 1024 * 2 ** 20;
const DEFAULT_BASE = 0x8000_0000n;
const LINES_AT_ONCE = 4096;

interface Code {
  readonly address: bigint;
  readonly bytes: Uint8Array;
}

export async function disasm({ operands, values }: ParsedOptions): Promise<number> {
  const path = operands[0];
  if (path === undefined) throw usage('disasm needs a FILE');
  const base = parseAddress(values.get('--base'));
  const file = await readInput('disasm', path, MAX_FILE);
  const { parts, symbols } = await codeOf(path, file, base);

  using terminal = new Terminal();
  const encoder = new TextEncoder();
  let lines: string[] = [];
  const flush = async () => {
    terminal.write(encoder.encode(lines.join('')));
    lines = [];
    await terminal.flush();
  };
  for (const part of parts) {
    for (const line of listing(part, symbols)) {
      lines.push(line);
      if (lines.length >= LINES_AT_ONCE) await flush();
    }
  }
  await flush();
  return 0;
}

function parseAddress(text: string | undefined): bigint {
  if (text === undefined) return DEFAULT_BASE;
  if (!/^(0x[0-9a-f]{1,16}|\d{1,19})$/i.test(text)) throw usage(`--base: '${text}' is not an address`);
  return BigInt(text);
}

async function codeOf(path: string, file: Uint8Array, base: bigint) {
  try {
    const { bytes } = await unwrap(file);
    if (!isElf(bytes)) {
      const image = await loadImage(bytes);
      const raw = image.kind === 'elf' ? bytes : image.bytes;
      return { parts: [{ address: base, bytes: raw }], symbols: new SymbolTable() };
    }
    const elf = parseElf(bytes);
    const parts = elf.segments
      .filter((segment) => segment.executable)
      .map((segment) => ({ address: segment.virtualAddress, bytes: segment.bytes }));
    return { parts, symbols: elf.symbols };
  } catch (error) {
    if (!(error instanceof HypercraftError)) throw error;
    throw new HypercraftError(error.code, `disasm ${path}: ${error.message}`, { cause: error });
  }
}

/** `    80000000:\t00150513          \taddi\ta0,a0,1`, as objdump has it. */
function* listing({ address, bytes }: Code, symbols: SymbolTable): Generator<string> {
  const labels = new Map([...symbols].reverse().map((symbol) => [symbol.address, symbol.name]));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  while (at + 2 <= bytes.length) {
    const pc = address + BigInt(at);
    const label = labels.get(pc);
    if (label !== undefined) yield `\n${pc.toString(16).padStart(16, '0')} <${label}>:\n`;
    const half = view.getUint16(at, true);
    const wide = (half & 3) === 3 && at + 4 <= bytes.length;
    const word = wide ? view.getUint32(at, true) : half;
    const hex = word.toString(16).padStart(wide ? 8 : 4, '0');
    const text = placed(disassemble(word, pc, { aliases: true }), symbols);
    yield `${pc.toString(16).padStart(8)}:\t${hex.padEnd(10)}\t${text}\n`;
    at += wide ? 4 : 2;
  }
}

const BRANCH = /^((?:b\w+|jal?)\t(?:.*,)?)0x([0-9a-f]+)$/;

/** Names the target of a branch: `j\t80000010 <loop+0x4>`. */
function placed(text: string, symbols: SymbolTable): string {
  if (symbols.size === 0) return text;
  const match = BRANCH.exec(text);
  const place = match && symbols.nearest(BigInt(`0x${match[2]}`));
  if (!match || !place) return text;
  const offset = place.offset === 0n ? '' : `+0x${place.offset.toString(16)}`;
  return `${match[1]}${match[2]} <${place.name}${offset}>`;
}
