// Which code of a page is in a region already, from wherever it is entered. A hot block in the middle of one may do without a region of its own: whoever
// interprets it comes to the other one's beginning soon, as a rule.

/** What regions of host pages were made from. */
export class Coverage {
  /** Per host page, ascending pairs of offsets [from, to) of each region. */
  readonly #pages = new Map<number, Set<ArrayLike<number>>>();

  add(hpa: number, covered: ArrayLike<number>): void {
    const page = hpa >>> 12;
    const known = this.#pages.get(page);
    if (known === undefined) this.#pages.set(page, new Set([covered]));
    else known.add(covered);
  }

  remove(hpa: number, covered: ArrayLike<number>): void {
    const page = hpa >>> 12;
    const known = this.#pages.get(page);
    known?.delete(covered);
    if (known?.size === 0) this.#pages.delete(page);
  }

  /** Is the code at host address `hpa` in a region? */
  has(hpa: number): boolean {
    const offset = hpa & 0xfff;
    for (const covered of this.#pages.get(hpa >>> 12) ?? []) {
      for (let i = 0; i < covered.length && covered[i]! <= offset; i += 2) if (offset < covered[i + 1]!) return true;
    }
    return false;
  }
}
