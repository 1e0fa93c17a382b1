// A growing byte buffer with WebAssembly's integer encodings. One is reused for every translation: nothing is allocated per instruction.

const SCRATCH = new DataView(new ArrayBuffer(8));

export class Bytes {
  buffer = new Uint8Array(1 << 16);
  length = 0;

  clear(): void {
    this.length = 0;
  }

  #reserve(more: number): void {
    if (this.length + more <= this.buffer.length) return;
    const larger = new Uint8Array(Math.max(this.buffer.length * 2, this.length + more));
    larger.set(this.buffer.subarray(0, this.length));
    this.buffer = larger;
  }

  u8(byte: number): void {
    if (this.length === this.buffer.length) this.#reserve(1);
    this.buffer[this.length++] = byte;
  }

  /** Unsigned LEB128. */
  u32(value: number): void {
    if (value >>> 0 <= 0x7f) {
      this.u8(value);
      return;
    }
    let rest = value >>> 0;
    while (rest > 0x7f) {
      this.u8((rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    this.u8(rest);
  }

  /** Signed LEB128 of a 32-bit value; valid for i32.const and, sign-extended, for i64.const. */
  s32(value: number): void {
    let rest = value | 0;
    for (;;) {
      const byte = rest & 0x7f;
      rest >>= 7;
      if ((rest === 0 && (byte & 0x40) === 0) || (rest === -1 && (byte & 0x40) !== 0)) {
        this.u8(byte);
        return;
      }
      this.u8(byte | 0x80);
    }
  }

  /** Signed LEB128 of a 64-bit value. */
  s64(value: bigint): void {
    let rest = BigInt.asIntN(64, value);
    for (;;) {
      const byte = Number(rest & 0x7fn);
      rest >>= 7n;
      if ((rest === 0n && (byte & 0x40) === 0) || (rest === -1n && (byte & 0x40) !== 0)) {
        this.u8(byte);
        return;
      }
      this.u8(byte | 0x80);
    }
  }

  f32(value: number): void {
    this.#reserve(4);
    SCRATCH.setFloat32(0, value, true);
    for (let i = 0; i < 4; i++) this.u8(SCRATCH.getUint8(i));
  }

  f64(value: number): void {
    this.#reserve(8);
    SCRATCH.setFloat64(0, value, true);
    for (let i = 0; i < 8; i++) this.u8(SCRATCH.getUint8(i));
  }

  name(text: string): void {
    this.u32(text.length);
    for (let i = 0; i < text.length; i++) this.u8(text.charCodeAt(i));
  }

  bytes(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.buffer.set(bytes, this.length);
    this.length += bytes.length;
  }

  /** What was written, until more is. */
  view(): Uint8Array<ArrayBuffer> {
    return this.buffer.subarray(0, this.length);
  }

  /** A copy of what was written. */
  take(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.buffer.subarray(0, this.length));
  }
}
