// Files for the command line: read whole, with errors a person can act on; and the package's own version.
import { promises as files, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { HypercraftError } from '../../isa/error.js';
import { readWhole } from './whole-file.js';

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  EACCES: 'permission denied',
  EISDIR: 'is a directory',
  ENOTDIR: 'no such file',
};

/** The bytes of a file. Throws `FILE_UNREADABLE` naming the option it came from, `FILE_TOO_LARGE` above `limit` bytes. */
export async function readInput(option: string, path: string, limit: number): Promise<Uint8Array> {
  try {
    const { size } = await files.stat(path);
    if (size > limit)
      throw new HypercraftError('FILE_TOO_LARGE', `${option} ${path}: ${size} bytes are more than ${limit}`);
    return await readWhole(path);
  } catch (error) {
    if (error instanceof HypercraftError) throw error;
    const reason = REASONS[(error as NodeJS.ErrnoException).code ?? ''] ?? (error as Error).message;
    throw new HypercraftError('FILE_UNREADABLE', `${option} ${path}: ${reason}`, { cause: error });
  }
}

/** Is it a file that can be read again, and not a pipe? */
export function isRegularFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

/** The path of a file that another file names, seen from that one's folder. */
export function besideFile(file: string, path: string): string {
  return resolve(dirname(file), path);
}

/** Writes a file. Throws `FILE_UNWRITABLE` naming the option it came from. */
export async function writeOutput(option: string, path: string, content: string | Uint8Array): Promise<void> {
  try {
    await files.writeFile(path, content);
  } catch (error) {
    const reason = REASONS[(error as NodeJS.ErrnoException).code ?? ''] ?? (error as Error).message;
    throw new HypercraftError('FILE_UNWRITABLE', `${option} ${path}: ${reason}`, { cause: error });
  }
}

/** The version in the package's own package.json, which stands above this module, in the library as in the bundled program. */
export async function packageVersion(): Promise<string> {
  for (const above of ['../', '../../', '../../../']) {
    const text = await files.readFile(new URL(`${above}package.json`, import.meta.url), 'utf8').catch(() => undefined);
    const found = text === undefined ? undefined : (JSON.parse(text) as { name?: string; version: string });
    if (found?.name === 'hypercraft') return found.version;
  }
  throw new HypercraftError('FILE_NOT_FOUND', 'the package has no package.json');
}
