// Plain data as text and back: JSON, with 64-bit numbers and byte arrays, which JSON does not have, as tagged objects. The
// same data always gives the same text.
import { HypercraftError } from '../../isa/error.js';

const BIGINT = '$n';
const BYTES = '$b';

/** The text of plain data: numbers, strings, booleans, bigints, byte arrays, and arrays and objects of them. */
export function plainToText(value: unknown): string {
  return JSON.stringify(value, (_, item: unknown) => {
    if (typeof item === 'bigint') return { [BIGINT]: item.toString(16) };
    if (item instanceof Uint8Array) return { [BYTES]: toHex(item) };
    return item;
  });
}

/** @throws HypercraftError `SNAPSHOT_CORRUPT` if the text is not what {@link plainToText} gives */
export function textToPlain(text: string): unknown {
  try {
    return JSON.parse(text, (key, item: unknown) => {
      if (key === '__proto__') throw new SyntaxError('a forbidden name');
      if (item === null || typeof item !== 'object') return item;
      const { [BIGINT]: number, [BYTES]: bytes } = item as Record<string, unknown>;
      if (typeof number === 'string') return toBigInt(number);
      if (typeof bytes === 'string') return fromHex(bytes);
      return item;
    });
  } catch (cause) {
    throw new HypercraftError('SNAPSHOT_CORRUPT', 'the description in the snapshot cannot be read', { cause });
  }
}

function toBigInt(text: string): bigint {
  if (!/^-?[0-9a-f]{1,16}$/.test(text)) throw new SyntaxError('not a 64-bit number');
  return text.startsWith('-') ? -BigInt(`0x${text.slice(1)}`) : BigInt(`0x${text}`);
}

function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function fromHex(text: string): Uint8Array {
  if (text.length % 2 !== 0 || !/^[0-9a-f]*$/.test(text)) throw new SyntaxError('not bytes');
  return Uint8Array.from({ length: text.length / 2 }, (_, i) => Number.parseInt(text.slice(i * 2, i * 2 + 2), 16));
}
