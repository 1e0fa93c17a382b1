// The side a guest leaves. Its memory is sent while it runs, then what it has stored to meanwhile, again and again until that is little;
// then it stands still for the rest and its state. It is this side's until the other one has said that it has everything.
import { HypercraftError } from '../../isa/error.js';
import type { MachineState } from '../machine/state.js';
import type { PageRun } from '../nested-written.js';
import { plainToText } from '../snapshot/plain.js';
import { Channel, type MigrationStream, SILENCE, silent } from './frames.js';
import { PagePacker } from './pages.js';

/** How a guest is moved. */
export interface MigrateOptions {
  /** Milliseconds the guest may stand still, as far as that can be told beforehand; 50 by default. */
  readonly downtime?: number;
  /** Times its memory is gone through before it stands still in any case; 30 by default. */
  readonly rounds?: number;
  /** Milliseconds to wait for the other side while the guest stands still; 10 000 by default. */
  readonly patience?: number;
  /** Milliseconds for which the other side may be silent in any case; 30 000 by default. */
  readonly silence?: number;
  /** Gives up; the guest goes on here. */
  readonly signal?: AbortSignal;
  /** Called after each round with the pages it sent. */
  readonly onRound?: (round: { readonly round: number; readonly pages: number; readonly bytes: number }) => void;
}

/** What came of a migration. */
export interface MigrationReport {
  /** Milliseconds the guest stood still. */
  readonly downtime: number;
  readonly milliseconds: number;
  readonly rounds: number;
  readonly pages: number;
  readonly bytes: number;
}

/** A guest as it is seen from here. */
export interface MovingGuest {
  /** What it is made of, as plain data. */
  readonly machine: unknown;
  readonly clock: { now(): number };
  /** Pages stored to since the last time, at first all; from now on stores to them are noticed. */
  written(): Promise<readonly PageRun[]>;
  /** A page's content, undefined if it is zeros. */
  read(page: number): Uint8Array | undefined;
  pause(): Promise<void>;
  save(): Promise<MachineState>;
  /** Lets the event loop do everything else. */
  yield(): Promise<void>;
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
}

/** So few pages are sent in no time. */
const FEW_PAGES = 32;

/**
 * Moves a guest to the other end of a stream. When this resolves it is the other side's.
 * @throws HypercraftError `MIGRATION_BROKEN`, `MIGRATION_REFUSED`, `MIGRATION_CORRUPT`, `MIGRATION_ABORTED`: the guest is still this side's;
 * `MIGRATION_UNKNOWN`: nobody here knows whose it is
 */
export async function sendGuest(
  guest: MovingGuest,
  stream: MigrationStream,
  options: MigrateOptions = {},
): Promise<MigrationReport> {
  const { silence: milliseconds = SILENCE } = options;
  const channel = new Channel(stream, { milliseconds, sleep: guest.sleep });
  const abort = (): void => channel.abort(new HypercraftError('MIGRATION_ABORTED', 'the migration was given up'));
  options.signal?.addEventListener('abort', abort);
  try {
    if (options.signal?.aborted) abort();
    const report = await new Departure(guest, channel, options).run();
    void channel.close();
    return report;
  } catch (error) {
    channel.refuse(error);
    throw error;
  } finally {
    options.signal?.removeEventListener('abort', abort);
  }
}

class Departure {
  readonly #guest: MovingGuest;
  readonly #channel: Channel;
  readonly #options: MigrateOptions;
  readonly #packer = new PagePacker();
  /** Pages the other side has something in that may not be zeros. */
  readonly #known = new Set<number>();
  #pages = 0;

  constructor(guest: MovingGuest, channel: Channel, options: MigrateOptions) {
    this.#guest = guest;
    this.#channel = channel;
    this.#options = options;
  }

  async run(): Promise<MigrationReport> {
    const { clock } = this.#guest;
    const started = clock.now();
    await this.#channel.sendPreamble();
    await this.#channel.send('machine', new TextEncoder().encode(plainToText(this.#guest.machine)));
    await this.#channel.next('accepted');
    const { rounds, left } = await this.#whileItRuns();
    const stopped = clock.now();
    await this.#guest.pause();
    await this.#patiently(() => this.#theRest(left));
    await this.#commit();
    const now = clock.now();
    const [downtime, milliseconds] = [now - stopped, now - started];
    return { downtime, milliseconds, rounds, pages: this.#pages, bytes: this.#channel.sent };
  }

  /** Sends memory until little enough is left. */
  async #whileItRuns(): Promise<{ rounds: number; left: readonly PageRun[] }> {
    const { downtime = 50, rounds: most = 30, onRound } = this.#options;
    const { clock } = this.#guest;
    let left = await this.#guest.written();
    for (let round = 1; ; round++) {
      const [began, before, bytes] = [clock.now(), this.#pages, this.#channel.sent];
      await this.#send(left);
      await this.#channel.send('sync');
      await this.#channel.next('synced');
      const pages = this.#pages - before;
      const perPage = (clock.now() - began) / Math.max(1, pages);
      onRound?.({ round, pages, bytes: this.#channel.sent - bytes });
      left = await this.#guest.written();
      const more = left.reduce((sum, { count }) => sum + count, 0);
      if (more <= FEW_PAGES || more * perPage <= downtime / 2 || round >= most) return { rounds: round, left };
    }
  }

  /** The guest stands still. */
  async #theRest(left: readonly PageRun[]): Promise<void> {
    const [last, state] = [await this.#guest.written(), await this.#guest.save()];
    await this.#send(merged(left, last));
    await this.#channel.send('state', new TextEncoder().encode(plainToText(state)));
    await this.#channel.next('ready');
  }

  /** From here on the other side may run it: only its answer tells. */
  async #commit(): Promise<void> {
    try {
      await this.#patiently(async () => {
        await this.#channel.send('go');
        await this.#channel.next('taken');
      });
    } catch (cause) {
      throw new HypercraftError(
        'MIGRATION_UNKNOWN',
        'the connection broke when the guest changed sides: it runs there, or may be resumed here',
        { cause },
      );
    }
  }

  async #send(runs: readonly PageRun[]): Promise<void> {
    for (const { page: first, count } of runs) {
      for (let page = first; page < first + count; page++) {
        const content = this.#guest.read(page);
        // What was never sent is zeros there already.
        if (content === undefined && !this.#known.has(page)) continue;
        if (content !== undefined) this.#known.add(page);
        this.#packer.add(page, content);
        this.#pages++;
        if (this.#packer.full) await this.#flush();
      }
    }
    await this.#flush();
  }

  async #flush(): Promise<void> {
    const bytes = this.#packer.take();
    if (bytes.length > 0) await this.#channel.send('pages', bytes);
    await this.#guest.yield();
  }

  /** While the guest stands still nobody waits for ever. */
  async #patiently(action: () => Promise<void>): Promise<void> {
    const { patience = 10_000 } = this.#options;
    const done = new AbortController();
    const late = this.#guest.sleep(patience, done.signal).then(() => {
      if (done.signal.aborted) return;
      this.#channel.abort(silent(patience));
    });
    try {
      await action();
    } finally {
      done.abort();
      await late;
    }
  }
}

/** Every page of both, once. */
function merged(first: readonly PageRun[], second: readonly PageRun[]): PageRun[] {
  const pages = new Set<number>();
  for (const { page, count } of [...first, ...second]) for (let i = 0; i < count; i++) pages.add(page + i);
  return [...pages].map((page) => ({ page, count: 1 }));
}
