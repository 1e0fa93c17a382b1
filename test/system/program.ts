// Runs the real program as a person would: in a pipe, or under a pseudo-terminal.
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

export interface Outcome {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly milliseconds: number;
}

/** A running program whose output can be waited for. */
export class Program {
  stdout = '';
  stderr = '';
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #started = performance.now();
  readonly outcome: Promise<Outcome>;

  constructor(args: readonly string[], options: { executable?: string; env?: NodeJS.ProcessEnv } = {}) {
    const command = options.executable ?? process.execPath;
    this.#child = spawn(command, options.executable ? [...args] : [CLI, ...args], {
      env: { ...process.env, ...options.env },
    });
    this.#child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
    });
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
    this.#child.stdin.on('error', () => {});
    this.outcome = new Promise((resolve, reject) => {
      this.#child.on('error', reject);
      this.#child.on('close', (status, signal) => {
        const milliseconds = performance.now() - this.#started;
        resolve({ status, signal, stdout: this.stdout, stderr: this.stderr, milliseconds });
      });
    });
  }

  type(text: string): void {
    this.#child.stdin.write(text);
  }

  end(text = ''): void {
    this.#child.stdin.end(text);
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Waits until stdout (or stderr) holds what is looked for and returns the milliseconds since the start. */
  async until(pattern: RegExp | string, seconds = 180, where: 'stdout' | 'stderr' = 'stdout'): Promise<number> {
    const found = () => (typeof pattern === 'string' ? this[where].includes(pattern) : pattern.test(this[where]));
    let over = false;
    void this.outcome.then(() => {
      over = true;
    });
    const deadline = performance.now() + seconds * 1000;
    while (!found()) {
      if (over || performance.now() > deadline) {
        this.#child.kill('SIGKILL');
        const why = over ? 'the program ended' : `nothing in ${seconds} s`;
        throw new Error(`waiting for ${pattern}: ${why}\n--- stdout\n${this.stdout}\n--- stderr\n${this.stderr}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return performance.now() - this.#started;
  }
}

/** Runs to the end with `input` on a piped stdin; null leaves stdin open and silent. */
export async function hypercraft(args: readonly string[], input: string | null = ''): Promise<Outcome> {
  const program = new Program(args);
  if (input !== null) program.end(input);
  return program.outcome;
}

export function lastLineOf(text: string): string {
  return text.trimEnd().split('\n').at(-1) ?? '';
}

/** A directory for the files of one test, removed with `using`. */
export class Scratch implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), 'hypercraft-test-'));

  file(name: string, content: Uint8Array | string): string {
    const path = join(this.path, name);
    writeFileSync(path, content);
    return path;
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** Whether an executable is on the PATH. */
export function installed(name: string): boolean {
  return (process.env.PATH ?? '').split(':').some((folder) => existsSync(join(folder, name)));
}
