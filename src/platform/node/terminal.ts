// The process's standard streams as a console for a guest: raw when stdin is a terminal, a plain feed when it is a pipe.
// Only the guest's console goes to stdout; every word of ours goes to stderr.
import type { ReadStream } from 'node:tty';

export type EndSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP';

const FLUSH_MS = 3000;

/** Receives what happens on the standard streams. */
export interface TerminalEvents {
  /** Bytes typed or piped. The terminal reads no further until the returned promise is done. */
  input(bytes: Uint8Array): void | Promise<void>;
  /** stdin is at its end. */
  end(): void;
  /** Somebody wants the process to end, or stdout is gone (`undefined`). */
  stop(signal: EndSignal | undefined): void;
}

export class Terminal implements Disposable {
  /** stdin is a terminal: keys arrive one by one and Ctrl-A is ours. */
  readonly interactive = process.stdin.isTTY === true;
  #events: TerminalEvents | undefined;
  #cleanUp: (() => void)[] = [];
  #outputClosed = false;
  /** A line of ours must not start in the middle of a line of the guest's when both go to one terminal. */
  #column = 0;
  readonly #shared = process.stdout.isTTY === true && process.stderr.isTTY === true;

  constructor() {
    // Node writes to a pipe synchronously: a reader that is slow would stop this thread, --timeout and signals with it.
    const handle = (process.stdout as { _handle?: { setBlocking?(on: boolean): void } })._handle;
    if (!process.stdout.isTTY) handle?.setBlocking?.(false);
    process.stdout.on('error', () => {
      this.#outputClosed = true;
      this.#events?.stop(undefined);
    });
    process.stderr.on('error', () => {});
  }

  /** Starts to read stdin, raw if it is a terminal, and to listen for signals. */
  open(events: TerminalEvents): void {
    this.#events = events;
    const { stdin } = process;
    const raw = (on: boolean) => {
      if (this.interactive) (stdin as ReadStream).setRawMode(on);
    };
    const data = (chunk: Uint8Array) => {
      const done = events.input(chunk);
      if (!done) return;
      stdin.pause();
      done.then(
        () => stdin.resume(),
        () => {},
      );
    };
    const end = () => events.end();
    const resumed = () => raw(true);
    raw(true);
    const restore = () => raw(false);
    process.on('exit', restore);
    stdin.on('data', data);
    stdin.on('end', end);
    stdin.on('error', end);
    process.on('SIGCONT', resumed);
    this.#cleanUp.push(() => {
      stdin.off('data', data);
      stdin.off('end', end);
      stdin.pause();
      process.off('SIGCONT', resumed);
      process.off('exit', restore);
      restore();
    });
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      const stop = () => events.stop(signal);
      process.on(signal, stop);
      this.#cleanUp.push(() => process.off(signal, stop));
    }
  }

  /** Reads a piped stdin to its end, or until nothing has come for so long. Before {@link open}. */
  async gather(silence: number): Promise<Uint8Array> {
    const { stdin } = process;
    const chunks: Uint8Array[] = [];
    await new Promise<void>((resolve) => {
      let timer = setTimeout(done, silence);
      function data(chunk: Uint8Array): void {
        chunks.push(chunk);
        clearTimeout(timer);
        timer = setTimeout(done, silence);
      }
      function done(): void {
        clearTimeout(timer);
        stdin.off('data', data).off('end', done).off('error', done);
        stdin.pause();
        resolve();
      }
      stdin.on('data', data).on('end', done).on('error', done);
    });
    return new Uint8Array(Buffer.concat(chunks));
  }

  /** The guest's console. Where stdout cannot take it at once, a promise of when it has. */
  write(bytes: Uint8Array): void | Promise<void> {
    if (this.#outputClosed || bytes.length === 0) return;
    const newline = bytes.lastIndexOf(0x0a);
    this.#column = newline < 0 ? this.#column + bytes.length : bytes.length - 1 - newline;
    if (process.stdout.write(bytes)) return;
    return new Promise((resolve) => {
      const done = () => {
        process.stdout.off('drain', done);
        process.stdout.off('close', done);
        resolve();
      };
      process.stdout.on('drain', done);
      process.stdout.on('close', done);
    });
  }

  /** One line of ours, on stderr. */
  note(line: string): void {
    const fresh = this.#shared && this.#column > 0 ? '\r\n' : '';
    this.#column = 0;
    process.stderr.write(`${fresh}${line}${this.interactive ? '\r\n' : '\n'}`);
  }

  /** Whether stderr can show a line that overwrites itself. */
  get overwrites(): boolean {
    return process.stderr.isTTY === true;
  }

  /** A line of progress in place of the last one. */
  progress(line: string): void {
    const width = (process.stderr.columns ?? 80) - 1;
    process.stderr.write(`\r\x1b[K${line.slice(0, width)}`);
  }

  /** Waits until everything written has left the process, for a while: a reader that sleeps for ever must not keep us. */
  async flush(): Promise<void> {
    const written = (stream: NodeJS.WriteStream) =>
      stream.writableLength === 0 || stream.destroyed
        ? undefined
        : new Promise<void>((resolve) => stream.write('', () => resolve()));
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, FLUSH_MS);
    });
    await Promise.race([Promise.all([written(process.stdout), written(process.stderr)]), patience]);
    clearTimeout(timer);
  }

  [Symbol.dispose](): void {
    for (const action of this.#cleanUp.splice(0).reverse()) action();
    this.#events = undefined;
  }
}
