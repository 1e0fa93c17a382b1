// `--signature`: what a conformance test left between its symbols begin_signature and end_signature, as the suites' own
// simulators write it: 32-bit words in hexadecimal, one a line.
import type { BootPlan } from '../boot/index.js';
import { writeOutput } from '../platform/node/disk.js';
import type { Vm } from '../vmm/index.js';
import { type ParsedOptions, usage } from './options.js';

const OPTION = '--signature';
const WORD = 4;

/** The file that is to be written; undefined if none is. Throws `USAGE` where there is nothing to write into it. */
export function signatureFile({ values }: ParsedOptions, boot: BootPlan): string | undefined {
  const path = values.get(OPTION);
  if (path === undefined) return undefined;
  if (boot.signature) return path;
  throw usage(`${OPTION}: the program has no symbols begin_signature and end_signature`);
}

/** Writes the signature of a machine that is at rest. */
export async function writeSignature(path: string, boot: BootPlan, vm: Vm): Promise<void> {
  const { begin, end } = boot.signature!;
  await writeOutput(OPTION, path, signatureText(vm.memory.read(begin, Number(end - begin))));
}

/** A last word that is cut short is filled up with zeros. */
export function signatureText(bytes: Uint8Array): string {
  const words = new Uint8Array(Math.ceil(bytes.length / WORD) * WORD);
  words.set(bytes);
  const view = new DataView(words.buffer);
  const lines = Array.from({ length: words.length / WORD }, (_, i) =>
    view
      .getUint32(i * WORD, true)
      .toString(16)
      .padStart(8, '0'),
  );
  return lines.map((line) => `${line}\n`).join('');
}
