// Pages of a guest's memory in a frame: for each u32 its number, u16 its packed length, and the packed bytes. Length 0 is a page of
// zeros, 4096 a page that is not packed.
import { PAGE_SIZE } from '../../host/index.js';
import { mostPacked, pack, unpack } from '../snapshot/lz4.js';
import { corrupt, PAGES_BYTES } from './frames.js';

const ENTRY_BYTES = 6;
const MOST_ENTRY = ENTRY_BYTES + mostPacked(PAGE_SIZE);

/** Collects pages for a frame. */
export class PagePacker {
  readonly #bytes = new Uint8Array(PAGES_BYTES);
  readonly #view = new DataView(this.#bytes.buffer);
  #length = 0;

  get full(): boolean {
    return this.#length + MOST_ENTRY > PAGES_BYTES;
  }

  /** `undefined` is a page of zeros. */
  add(page: number, content: Uint8Array | undefined): void {
    const target = this.#bytes.subarray(this.#length + ENTRY_BYTES);
    let length = content === undefined ? 0 : pack(content, target);
    if (content !== undefined && length >= PAGE_SIZE) {
      target.set(content);
      length = PAGE_SIZE;
    }
    this.#view.setUint32(this.#length, page, true);
    this.#view.setUint16(this.#length + 4, length, true);
    this.#length += ENTRY_BYTES + length;
  }

  /** What came together since the last time; valid until the next page is added. */
  take(): Uint8Array {
    const bytes = this.#bytes.subarray(0, this.#length);
    this.#length = 0;
    return bytes;
  }
}

/** Every page of a frame; `content` is overwritten by the next one. @throws HypercraftError `MIGRATION_CORRUPT` */
export function* unpackPages(payload: Uint8Array): Generator<{ page: number; content: Uint8Array }> {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  const content = new Uint8Array(PAGE_SIZE);
  for (let at = 0; at < payload.length; ) {
    if (payload.length - at < ENTRY_BYTES) throw corrupt('a page');
    const page = view.getUint32(at, true);
    const length = view.getUint16(at + 4, true);
    at += ENTRY_BYTES;
    if (length > PAGE_SIZE || length > payload.length - at) throw corrupt('a page');
    if (length === 0) content.fill(0);
    else if (length === PAGE_SIZE) content.set(payload.subarray(at, at + length));
    else if (!unpack(payload, at, at + length, content)) throw corrupt('a page');
    at += length;
    yield { page, content };
  }
}
