// A hash of machine state: four lanes of multiply and rotate over 32-bit words. It tells runs apart that should be
// alike; it is no protection against anybody who wants two states to look alike.

const rotate = (value: number, by: number): number => (value << by) | (value >>> (32 - by));

export class StateHash {
  #a = 0x243f_6a88;
  #b = 0x85a3_08d3 | 0;
  #c = 0x1319_8a2e;
  #d = 0x0370_7344;

  /** Takes in `count` words from `start` on. */
  words(words: Uint32Array, start: number, count: number): void {
    let [a, b, c, d] = [this.#a, this.#b, this.#c, this.#d];
    let i = start;
    for (const end = start + count - 3; i < end; i += 4) {
      a = Math.imul(rotate(a ^ words[i]!, 13), 0x9e37_79b1) + d;
      b = Math.imul(rotate(b ^ words[i + 1]!, 15), 0x85eb_ca77) + a;
      c = Math.imul(rotate(c ^ words[i + 2]!, 17), 0xc2b2_ae3d) + b;
      d = Math.imul(rotate(d ^ words[i + 3]!, 19), 0x27d4_eb2f) + c;
    }
    for (; i < start + count; i++) {
      const next = Math.imul(rotate(a ^ words[i]!, 11), 0x1656_67b1);
      [a, b, c, d] = [b, c, d, next];
    }
    this.#a = a | 0;
    this.#b = b | 0;
    this.#c = c | 0;
    this.#d = d | 0;
  }

  /** Takes in a number below 2^32. */
  word(value: number): void {
    this.words(Uint32Array.of(value), 0, 1);
  }

  text(text: string): void {
    const bytes = new TextEncoder().encode(text);
    const words = new Uint32Array(Math.ceil(bytes.length / 4));
    new Uint8Array(words.buffer).set(bytes);
    this.word(bytes.length);
    this.words(words, 0, words.length);
  }

  /** 128 bits. */
  hex(): string {
    this.words(Uint32Array.of(0, 0, 0, 0, 0, 0, 0, 0), 0, 8);
    return [this.#a, this.#b, this.#c, this.#d].map((lane) => (lane >>> 0).toString(16).padStart(8, '0')).join('');
  }
}
