// The symbols of a guest's program: addresses by name, and the nearest name at or below an address (for traces).

/** A symbol of a guest's program. */
export interface GuestSymbol {
  /** As the linker knows it. */
  readonly name: string;
  /** Virtual address, as linked. */
  readonly address: bigint;
  /** Bytes; 0 where the file does not say. */
  readonly size: bigint;
}

/** Where an address lies: `name` plus `offset` bytes. */
export interface SymbolPlace {
  /** The symbol. */
  readonly name: string;
  /** Bytes from it. */
  readonly offset: bigint;
}

/** The symbols of a program, found by name and by address. */
export class SymbolTable implements Iterable<GuestSymbol> {
  readonly #sorted: readonly GuestSymbol[];
  readonly #byName = new Map<string, GuestSymbol>();

  constructor(symbols: Iterable<GuestSymbol> = []) {
    const all = [...symbols];
    for (const symbol of all) if (!this.#byName.has(symbol.name)) this.#byName.set(symbol.name, symbol);
    this.#sorted = all.sort((a, b) => (a.address < b.address ? -1 : a.address > b.address ? 1 : 0));
  }

  /** How many there are. */
  get size(): number {
    return this.#sorted.length;
  }

  /** The address of the symbol called `name`; the first one, where a file has several. */
  addressOf(name: string): bigint | undefined {
    return this.#byName.get(name)?.address;
  }

  /** The symbol that holds `address`, or else the nearest one below it. */
  nearest(address: bigint): SymbolPlace | undefined {
    let low = 0;
    let high = this.#sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#sorted[middle]!.address <= address) low = middle + 1;
      else high = middle;
    }
    const found = this.#sorted[low - 1];
    return found && { name: found.name, offset: address - found.address };
  }

  /** All symbols in order of address. */
  [Symbol.iterator](): Iterator<GuestSymbol> {
    return this.#sorted[Symbol.iterator]();
  }
}
