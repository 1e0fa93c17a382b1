// Live figures of several guests, as `top` has them: a line per guest with what it got since the last time.
import type { VmStats } from '../vmm/index.js';

/** What is known of one guest. */
export interface GuestFigures {
  readonly name: string;
  readonly state: string;
  readonly stats: VmStats;
}

const HEADING = ['guest', 'state', 'cpu %', 'stolen %', 'M instr/s', 'exits/s', 'MiB', 'cpu s'];
const WIDTHS = [-16, -10, 7, 9, 10, 9, 7, 9];

export class Figures {
  readonly #before = new Map<string, { readonly at: number; readonly stats: VmStats }>();

  /** The table at `now`, in milliseconds. */
  lines(guests: readonly GuestFigures[], now: number): string[] {
    return [row(HEADING), ...guests.map((guest) => this.#line(guest, now))];
  }

  #line({ name, state, stats }: GuestFigures, now: number): string {
    const before = this.#before.get(name);
    this.#before.set(name, { at: now, stats });
    const span = before === undefined ? 0 : now - before.at;
    const rate = (value: (stats: VmStats) => number): number =>
      before === undefined || span <= 0 ? 0 : Math.max(0, value(stats) - value(before.stats)) / span;
    const exits = ({ exits }: VmStats): number => Object.values(exits).reduce((sum, count) => sum + count, 0);
    return row([
      name,
      state,
      (rate(({ ran }) => ran) * 100).toFixed(1),
      (rate(({ stolen }) => stolen) * 100).toFixed(1),
      (rate(({ instructions }) => Number(instructions)) / 1000).toFixed(1),
      (rate(exits) * 1000).toFixed(0),
      (stats.resident / 2 ** 20).toFixed(0),
      (stats.ran / 1000).toFixed(2),
    ]);
  }
}

function row(cells: readonly string[]): string {
  return cells
    .map((cell, index) => {
      const width = WIDTHS[index]!;
      return width < 0 ? cell.padEnd(-width) : cell.padStart(width);
    })
    .join(' ')
    .trimEnd();
}
