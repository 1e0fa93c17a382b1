// Hand-made ELF files for the loader's tests.

export interface TestSegment {
  readonly vaddr: bigint;
  readonly paddr: bigint;
  readonly data: Uint8Array;
  readonly memorySize?: bigint;
}

export interface TestElf {
  readonly entry: bigint;
  readonly segments: readonly TestSegment[];
  readonly symbols?: Readonly<Record<string, bigint>>;
}

/** Writes an ELF64 little-endian RISC-V executable. */
export function makeElf({ entry, segments, symbols = {} }: TestElf): Uint8Array {
  const names = ['', ...Object.keys(symbols)];
  const strings = new TextEncoder().encode(names.map((name) => `${name}\0`).join(''));
  const dataAt = 64 + segments.length * 56;
  const stringsAt = dataAt + segments.reduce((sum, { data }) => sum + data.length, 0);
  const symbolsAt = Math.ceil((stringsAt + strings.length) / 8) * 8;
  const sectionsAt = symbolsAt + names.length * 24;
  const bytes = new Uint8Array(sectionsAt + 3 * 64);
  const view = new DataView(bytes.buffer);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  view.setUint16(16, 2, true);
  view.setUint16(18, 243, true);
  view.setUint32(20, 1, true);
  view.setBigUint64(24, entry, true);
  view.setBigUint64(32, 64n, true);
  view.setBigUint64(40, BigInt(sectionsAt), true);
  [64, 56, segments.length, 64, 3, 2].forEach((value, i) => {
    view.setUint16(52 + i * 2, value, true);
  });

  let at = dataAt;
  segments.forEach(({ vaddr, paddr, data, memorySize }, i) => {
    const header = 64 + i * 56;
    view.setUint32(header, 1, true);
    view.setUint32(header + 4, 7, true);
    const size = BigInt(data.length);
    [BigInt(at), vaddr, paddr, size, memorySize ?? size, 4096n].forEach((value, field) => {
      view.setBigUint64(header + 8 + field * 8, value, true);
    });
    bytes.set(data, at);
    at += data.length;
  });

  bytes.set(strings, stringsAt);
  names.forEach((name, i) => {
    if (i === 0) return;
    const symbol = symbolsAt + i * 24;
    const nameAt = names.slice(0, i).reduce((sum, before) => sum + before.length + 1, 0);
    view.setUint32(symbol, nameAt, true);
    view.setUint8(symbol + 4, 0x12); // a global function
    view.setUint16(symbol + 6, 1, true);
    view.setBigUint64(symbol + 8, symbols[name]!, true);
    view.setBigUint64(symbol + 16, 4n, true);
  });
  const section = (index: number, type: number, offset: number, size: number, link: number) => {
    const header = sectionsAt + index * 64;
    view.setUint32(header + 4, type, true);
    view.setBigUint64(header + 24, BigInt(offset), true);
    view.setBigUint64(header + 32, BigInt(size), true);
    view.setUint32(header + 40, link, true);
  };
  section(1, 2, symbolsAt, names.length * 24, 2);
  section(2, 3, stringsAt, strings.length, 0);
  return bytes;
}
