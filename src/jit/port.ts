// Between a hart's realm and the translator's thread: requests one way and translated modules the other, both through shared memory, for a
// hart that runs never comes to its event loop. One port a realm; nobody waits at one: a full port loses requests, or translations.
//
//   +0     come        u32  modules that wait for the hart, which looks at it between two slices
//   +4     asked       u32  requests posted so far
//   +8     taken       u32  requests taken so far
//   +12    written     u32  bytes of modules written so far, their places in the ring included
//   +16    read        u32  bytes of them read so far
//   +20    realm       u32  whose hart asks, plus 1
//   +64    requests    128 x { u32 host address | linear, u64 features, u32 whether the hart has it already | program }
//   +4096  the ring of modules

import * as L from '../engine/hart/layout.js';
import type { Entry } from './code-cache.js';
import { RING, RING_BYTES, ringTranslator } from './link.js';
import type { Setting } from './setting.js';
import { bytesIn, type Features } from './translator.js';

const COME = 0;
const ASKED = 1;
const TAKEN = 2;
const WRITTEN = 3;
const READ = 4;
const REALM = 5;
const REQUESTS = 64;
const REQUEST_BYTES = 16;
const MOST_REQUESTS = 128;
/** A bit of a request's address, which is even. */
const LINEAR = 1;
/** Bits of its last word. */
const TOLD = 1;
const PROGRAM = 2;
/** In place of a message's length: the ring goes on at its beginning. */
const WRAPS = 0xffff_ffff;

/** A block that is hot. */
export interface Request extends Setting {
  readonly hpa: number;
  readonly features: Features;
}

/** A module with what its functions are. */
export interface Delivery {
  readonly module: Uint8Array<ArrayBuffer>;
  readonly entries: readonly Entry[];
}

/** A port, from either side. */
export class Port {
  readonly offset: number;
  readonly #words: Int32Array;
  readonly #ring: Uint8Array;
  readonly #view: DataView;
  readonly #host: Int32Array;
  /** The message that was received last: what hundreds of them left behind would have to be collected. */
  #received = new Uint8Array(0);

  constructor(buffer: ArrayBufferLike, offset: number) {
    this.offset = offset;
    this.#words = new Int32Array(buffer, offset, RING / 4);
    this.#ring = new Uint8Array(buffer, offset + RING, RING_BYTES);
    this.#view = new DataView(buffer, offset + RING, RING_BYTES);
    this.#host = new Int32Array(buffer, L.HOST_CONTROL, 64);
  }

  // ---- the hart's side -------------------------------------------------------------------------------------------------

  /** Begins at what comes from now on: the port may have been another realm's. */
  open(realm: number): void {
    Atomics.store(this.#words, REALM, realm + 1);
    Atomics.store(this.#words, READ, Atomics.load(this.#words, WRITTEN));
  }

  /** Is there a translator? */
  get served(): boolean {
    return Atomics.load(this.#host, L.HOST_JIT_SERVED >> 2) !== 0;
  }

  /** Asks for a region, or tells of one that the hart has already; false if too many are asked for already. */
  ask({ hpa, features, linear, program }: Request, told = false): boolean {
    const asked = Atomics.load(this.#words, ASKED);
    if (((asked - Atomics.load(this.#words, TAKEN)) | 0) >= MOST_REQUESTS) return false;
    const at = (REQUESTS + (asked & (MOST_REQUESTS - 1)) * REQUEST_BYTES) >> 2;
    this.#words[at] = hpa | (linear ? LINEAR : 0);
    this.#words[at + 1] = features[0];
    this.#words[at + 2] = features[1];
    this.#words[at + 3] = (told ? TOLD : 0) | (program ? PROGRAM : 0);
    Atomics.store(this.#words, ASKED, (asked + 1) | 0);
    return true;
  }

  /** Wakes the translator. */
  ring(): void {
    ringTranslator(this.#host);
  }

  /** The next module, as it is until the one after it is received; undefined when there is none. */
  receive(): Delivery | undefined {
    const written = Atomics.load(this.#words, WRITTEN);
    let read = Atomics.load(this.#words, READ);
    if (read === written) {
      Atomics.store(this.#words, COME, 0);
      // One that came in between is not forgotten.
      if (Atomics.load(this.#words, WRITTEN) === read) return undefined;
    }
    let at = place(read);
    let length = this.#view.getUint32(at, true);
    if (length === WRAPS) {
      read = (read + RING_BYTES - at) | 0;
      at = 0;
      length = this.#view.getUint32(0, true);
    }
    if (this.#received.length < length) this.#received = new Uint8Array(2 * length);
    this.#received.set(this.#ring.subarray(at, at + length));
    const delivery = decode(this.#received);
    Atomics.store(this.#words, READ, (read + length) | 0);
    return delivery;
  }

  // ---- the translator's side -------------------------------------------------------------------------------------------

  /** Whose it is; undefined while nobody has opened it. */
  get realm(): number | undefined {
    const realm = Atomics.load(this.#words, REALM);
    return realm === 0 ? undefined : realm - 1;
  }

  /** The next request, undefined when there is none. */
  take(): (Request & { readonly told: boolean }) | undefined {
    const taken = Atomics.load(this.#words, TAKEN);
    if (taken === Atomics.load(this.#words, ASKED)) return undefined;
    const at = (REQUESTS + (taken & (MOST_REQUESTS - 1)) * REQUEST_BYTES) >> 2;
    const [hpa, low, high, flags] = [0, 1, 2, 3].map((i) => this.#words[at + i]! >>> 0);
    Atomics.store(this.#words, TAKEN, (taken + 1) | 0);
    return {
      hpa: (hpa! & ~LINEAR) >>> 0,
      features: [low!, high!],
      linear: (hpa! & LINEAR) !== 0,
      program: (flags! & PROGRAM) !== 0,
      told: (flags! & TOLD) !== 0,
    };
  }

  /** Posts an {@link encode encoded} module; false if the ring has no room: its regions will be asked for again. */
  deliver(message: Uint8Array): boolean {
    let written = Atomics.load(this.#words, WRITTEN);
    const free = RING_BYTES - ((written - Atomics.load(this.#words, READ)) | 0);
    let at = place(written);
    const rest = RING_BYTES - at;
    const wraps = message.length > rest;
    if (message.length + (wraps ? rest : 0) > free) return false;
    if (wraps) {
      this.#view.setUint32(at, WRAPS, true);
      written = (written + rest) | 0;
      at = 0;
    }
    this.#ring.set(message, at);
    Atomics.store(this.#words, WRITTEN, (written + message.length) | 0);
    Atomics.store(this.#words, COME, 1);
    return true;
  }
}

/** Where in the ring so many bytes lead. */
function place(bytes: number): number {
  return bytes & (RING_BYTES - 1);
}

const ENTRY_WORDS = 6;
const padded = (bytes: number): number => (bytes + 3) & ~3;

// Encoded: u32 length of all, u32 entries; each: u32 host address, features x 2, longest, bytes of WebAssembly, ranges; the ranges; their bytes.
// u32 length of the module, the module. All begin at multiples of 4.
export function encode({ module, entries }: Delivery): Uint8Array<ArrayBuffer> {
  let length = 8;
  for (const { covered, source } of entries) {
    length += ENTRY_WORDS * 4 + padded(covered.byteLength) + padded(source.length);
  }
  length += 4 + padded(module.length);
  const message = new Uint8Array(length);
  const words = new Uint32Array(message.buffer);
  words[0] = length;
  words[1] = entries.length;
  let at = 8;
  for (const { hpa, features, longest, bytes, covered, source } of entries) {
    words.set([hpa, features[0], features[1], longest, bytes, covered.length], at >> 2);
    at += ENTRY_WORDS * 4;
    new Uint16Array(message.buffer, at, covered.length).set(covered);
    at += padded(covered.byteLength);
    message.set(source, at);
    at += padded(source.length);
  }
  words[at >> 2] = module.length;
  message.set(module, at + 4);
  return message;
}

export function decode(message: Uint8Array<ArrayBuffer>): Delivery {
  const { buffer } = message;
  const words = new Uint32Array(buffer, 0, message.length >> 2);
  const entries: Entry[] = [];
  let at = 8;
  for (let i = 0; i < words[1]!; i++) {
    const [hpa, low, high, longest, bytes, ranges] = words.subarray(at >> 2, (at >> 2) + ENTRY_WORDS);
    at += ENTRY_WORDS * 4;
    const covered = new Uint16Array(buffer, at, ranges!);
    at += padded(covered.byteLength);
    const source = new Uint8Array(buffer, at, bytesIn(covered));
    at += padded(source.length);
    entries.push({ hpa: hpa!, features: [low!, high!], longest: longest!, bytes: bytes!, covered, source });
  }
  return { entries, module: new Uint8Array(buffer, at + 4, words[at >> 2]!) };
}
