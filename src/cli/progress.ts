// How far a download is: a bar that overwrites itself on a terminal, one line per step elsewhere.
import type { Progress } from '../boot/index.js';
import type { Terminal } from '../platform/node/terminal.js';

const WIDTH = 24;
const INTERVAL_MS = 100;
const WORDS = { index: 'reading', download: 'downloading', unpack: 'unpacking', build: 'building' } as const;

export class ProgressBar implements Disposable {
  readonly #terminal: Terminal;
  #last = 0;
  #shown = false;
  #announced = '';

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  readonly report = ({ phase, what, done, total }: Progress): void => {
    const title = `${WORDS[phase]} ${what}`;
    if (!this.#terminal.overwrites) {
      if (phase !== 'index' && title !== this.#announced) this.#terminal.note(`hypercraft: ${title}`);
      this.#announced = title;
      return;
    }
    const now = performance.now();
    if (title === this.#announced && now - this.#last < INTERVAL_MS && done !== total) return;
    this.#last = now;
    this.#announced = title;
    this.#shown = true;
    this.#terminal.progress(`${title} ${total ? bar(done, total) : ''} ${megabytes(done)}`);
  };

  [Symbol.dispose](): void {
    if (this.#shown) this.#terminal.progress('');
  }
}

function bar(done: number, total: number): string {
  const filled = Math.min(WIDTH, Math.round((done / total) * WIDTH));
  return `[${'#'.repeat(filled)}${'.'.repeat(WIDTH - filled)}] ${String(Math.floor((done / total) * 100)).padStart(3)} %`;
}

export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
