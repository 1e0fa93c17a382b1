// The files a command line names, read and checked one by one, so that a complaint can say which option it is about.
import { loadImage, readFdt, unwrap } from '../boot/index.js';
import { HypercraftError } from '../isa/error.js';
import { isRegularFile, readInput } from '../platform/node/disk.js';
import type { ParsedOptions } from './options.js';

const MAX_FILE = 3840 * 2 ** 20;

export interface NamedFiles {
  readonly kernel?: Uint8Array;
  readonly firmware?: Uint8Array;
  readonly initrd?: Uint8Array;
  readonly dtb?: Uint8Array;
}

const OPTIONS = ['--kernel', '--bios', '--initrd', '--dtb'];

/** Can {@link readFiles} read them once more? */
export function canReadAgain({ values }: ParsedOptions): boolean {
  return OPTIONS.every((option) => !values.has(option) || isRegularFile(values.get(option)!));
}

/** Reads the files behind `--kernel`, `--bios`, `--initrd` and `--dtb`. */
export async function readFiles(options: ParsedOptions): Promise<NamedFiles> {
  const kernel = await read(options, '--kernel', bootable);
  const firmware = await read(options, '--bios', bootable);
  const initrd = await read(options, '--initrd', notEmpty);
  const dtb = await read(options, '--dtb', (bytes) => {
    readFdt(bytes);
    return bytes;
  });
  return { ...(kernel && { kernel }), ...(firmware && { firmware }), ...(initrd && { initrd }), ...(dtb && { dtb }) };
}

type Check = (bytes: Uint8Array) => Uint8Array | Promise<Uint8Array>;

async function read(options: ParsedOptions, option: string, check: Check): Promise<Uint8Array | undefined> {
  const path = options.values.get(option);
  if (path === undefined) return undefined;
  const bytes = await readInput(option, path, MAX_FILE);
  try {
    return await check(bytes);
  } catch (error) {
    if (!(error instanceof HypercraftError)) throw error;
    throw new HypercraftError(error.code, `${option} ${path}: ${error.message}`, { cause: error });
  }
}

/** Takes off compression once and for all, and reads the headers of what is inside. */
async function bootable(file: Uint8Array): Promise<Uint8Array> {
  const { bytes } = await unwrap(file);
  await loadImage(bytes);
  return bytes;
}

function notEmpty(bytes: Uint8Array): Uint8Array {
  if (bytes.length === 0) throw new HypercraftError('FILE_EMPTY', 'the file is empty');
  return bytes;
}
