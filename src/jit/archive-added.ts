// What a run adds to an archive, as the records that a file would have: in a draft where the store has one, else in memory, in large pieces. There
// are thousands of regions, and as objects of their own they would be the most of what the translator keeps.

/** Bytes that are kept in memory, or go to the draft, at once. */
const PIECE = 1 << 16;

/** A file that nobody else knows, and that is gone with whoever uses it. */
export interface JitDraft {
  append(bytes: Uint8Array): void;
  /** Fills `bytes` with what is there from `offset` on; how many there were. */
  readInto(offset: number, bytes: Uint8Array): number;
}

/** A record that was added: where it begins, counted over all pieces, and its bytes. */
export interface Added {
  readonly position: number;
  readonly bytes: number;
}

interface Piece {
  readonly start: number;
  readonly bytes: Uint8Array;
  filled: number;
}

export class AddedRecords {
  readonly #open: () => JitDraft | undefined;
  #draft: JitDraft | undefined;
  /** No draft, or it fails. */
  #without = false;
  /** Bytes in the draft. */
  #drafted = 0;
  /** What follows them; the last one is being filled. */
  readonly #pieces: Piece[] = [];
  readonly #places = new Map<number, Added[]>();
  size = 0;

  constructor(open: () => JitDraft | undefined) {
    this.#open = open;
  }

  /** Those of a place, in the order they came. */
  at(place: number): readonly Added[] {
    return this.#places.get(place) ?? [];
  }

  *[Symbol.iterator](): Generator<[place: number, Added]> {
    for (const [place, list] of this.#places) for (const added of list) yield [place, added];
  }

  add(place: number, record: Uint8Array): void {
    const piece = this.#room(record.length);
    piece.bytes.set(record, piece.filled);
    const added = { position: piece.start + piece.filled, bytes: record.length };
    piece.filled += record.length;
    const list = this.#places.get(place);
    if (list === undefined) this.#places.set(place, [added]);
    else list.push(added);
    this.size++;
  }

  /** Fills `record`, which has its length; false if it cannot be read any more. */
  readInto({ position }: Added, record: Uint8Array): boolean {
    if (position < this.#drafted) return this.#draft!.readInto(position, record) === record.length;
    const { start, bytes } = this.#pieces.findLast((piece) => piece.start <= position)!;
    record.set(bytes.subarray(position - start, position - start + record.length));
    return true;
  }

  /** A piece that has room for a record. */
  #room(length: number): Piece {
    const last = this.#pieces.at(-1);
    if (last !== undefined && last.filled + length <= last.bytes.length) return last;
    const start = last === undefined ? this.#drafted : last.start + last.filled;
    this.#write();
    // What has been written may be filled again.
    const free = this.#pieces.length === 0 && last !== undefined && length <= last.bytes.length;
    const piece = { start, bytes: free ? last.bytes : new Uint8Array(Math.max(PIECE, length)), filled: 0 };
    this.#pieces.push(piece);
    return piece;
  }

  /** Has what there is go to the draft. */
  #write(): void {
    try {
      while (!this.#without && this.#pieces.length > 0) {
        this.#draft ??= this.#open();
        if (this.#draft === undefined) this.#without = true;
        else {
          const { bytes, filled } = this.#pieces[0]!;
          this.#draft.append(bytes.subarray(0, filled));
          this.#drafted += filled;
          this.#pieces.shift();
        }
      }
    } catch {
      // What it has stays there, and is checked where it is read; the rest stays here.
      this.#without = true;
    }
  }
}
