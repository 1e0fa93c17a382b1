// Several consoles on one terminal: one is in front and gets the keys, the others keep what they say until it is their
// turn. Where stdout is no terminal, every line of every guest comes out with the guest's name before it.

/** Bytes of a console in the background that are kept; older ones are dropped. */
const BACKLOG = 64 * 1024;
/** A line that does not end comes out in pieces of this size. */
const LONGEST_LINE = 4096;
const NEWLINE = 0x0a;

/** Where the bytes go. */
export interface ConsoleSink {
  write(bytes: Uint8Array): void | Promise<void>;
  /** A line of ours. */
  note(line: string): void;
}

/** The consoles of several guests, by their numbers. */
export interface Consoles {
  output(guest: number, bytes: Uint8Array): void | Promise<void>;
  /** The guest that gets the keys. */
  readonly front: number;
  /** Shows another console. */
  bring(guest: number): void;
  /** Whether a console in the background has said something since it was in front. */
  unseen(guest: number): boolean;
  /** Says what is still held back of a guest that has ended. */
  end(guest: number): void;
}

/** One console in front. */
export class SwitchedConsoles implements Consoles {
  readonly #sink: ConsoleSink;
  readonly #names: readonly string[];
  readonly #backlogs: Uint8Array[][];
  #front = 0;

  constructor(names: readonly string[], sink: ConsoleSink) {
    this.#names = names;
    this.#sink = sink;
    this.#backlogs = names.map(() => []);
  }

  get front(): number {
    return this.#front;
  }

  output(guest: number, bytes: Uint8Array): void | Promise<void> {
    if (guest === this.#front) return this.#sink.write(bytes);
    const backlog = this.#backlogs[guest]!;
    backlog.push(bytes);
    let length = backlog.reduce((sum, part) => sum + part.length, 0);
    while (length > BACKLOG && backlog.length > 1) length -= backlog.shift()!.length;
  }

  bring(guest: number): void {
    this.#front = guest;
    this.#sink.note(`hypercraft: console of ${this.#names[guest]}`);
    for (const bytes of this.#backlogs[guest]!.splice(0)) void this.#sink.write(bytes);
  }

  unseen(guest: number): boolean {
    return this.#backlogs[guest]!.length > 0;
  }

  end(): void {}
}

/** All consoles at once, line by line. */
export class PrefixedConsoles implements Consoles {
  readonly front = 0;
  readonly #sink: ConsoleSink;
  readonly #prefixes: readonly Uint8Array[];
  readonly #lines: number[][];

  constructor(names: readonly string[], sink: ConsoleSink) {
    const width = Math.max(...names.map((name) => name.length));
    this.#sink = sink;
    this.#prefixes = names.map((name) => new TextEncoder().encode(`${name.padEnd(width)} | `));
    this.#lines = names.map(() => []);
  }

  output(guest: number, bytes: Uint8Array): void | Promise<void> {
    const line = this.#lines[guest]!;
    const out: number[] = [];
    for (const byte of bytes) {
      line.push(byte);
      if (byte === NEWLINE || line.length >= LONGEST_LINE) this.#flush(guest, out);
    }
    if (out.length > 0) return this.#sink.write(Uint8Array.from(out));
  }

  bring(): void {}

  unseen(): boolean {
    return false;
  }

  end(guest: number): void {
    const out: number[] = [];
    if (this.#lines[guest]!.length > 0) this.#flush(guest, out);
    void this.#sink.write(Uint8Array.from(out));
  }

  #flush(guest: number, out: number[]): void {
    const line = this.#lines[guest]!.splice(0);
    out.push(...this.#prefixes[guest]!, ...line);
    if (line.at(-1) !== NEWLINE) out.push(NEWLINE);
  }
}
