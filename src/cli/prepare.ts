// What `hypercraft run` boots: an image by name or the files of a command line, as a plan that is complete before anything runs.
import {
  type BootFiles,
  type BootPlan,
  helloImage,
  IMAGE_NAMES,
  type MachineDescription,
  planBoot,
} from '../boot/index.js';
import { HypercraftError } from '../isa/error.js';
import { entropy } from '../platform/node/entropy.js';
import type { Terminal } from '../platform/node/terminal.js';
import { explain, ImageUnavailable } from './explain.js';
import { type NamedFiles, readFiles } from './files.js';
import { machineFrom } from './machine.js';
import { type ParsedOptions, parseChoice, usage } from './options.js';
import { ProgressBar } from './progress.js';
import { seededBytes, seedFrom } from './seed.js';

const IMAGES = [...IMAGE_NAMES, 'hello'] as const;
type ImageName = (typeof IMAGES)[number];

const DEFAULT_IMAGE = 'debian';
const DEBIAN_COMMAND_LINE = 'console=ttyS0 earlycon=sbi';
const SEED_BYTES = 64;

export interface Prepared {
  readonly machine: MachineDescription;
  readonly boot: BootPlan;
}

/** Checks everything on the command line, then reads, downloads and lays out what is to run. */
export async function prepare(
  options: ParsedOptions,
  terminal: Terminal,
  devices: MachineDescription['devices'] = [],
): Promise<Prepared> {
  const machine = { ...machineFrom(options), devices };
  const image = imageOf(options, machine);
  const named = await readFiles(options);
  const append = options.values.get('--append');
  const files = await filesFor(image, named, { terminal, isDefault: options.operands.length === 0 });
  const bootargs = append ?? files.bootargs;
  const seed = seedFrom(options);
  const chosen = {
    rngSeed: seed === undefined ? entropy(SEED_BYTES) : seededBytes(seed, SEED_BYTES),
    ...(bootargs !== undefined && { bootargs }),
  };
  const { bootargs: _, ...rest } = files;
  return { machine, boot: await planBoot({ machine, ...rest, chosen }) };
}

/** The image a command line means, if it means one; throws `USAGE` where that contradicts the rest. */
function imageOf({ operands, values }: ParsedOptions, machine: MachineDescription): ImageName | undefined {
  const asked = operands[0] === undefined ? undefined : parseChoice('run', operands[0], IMAGES);
  if (values.has('--kernel')) {
    if (asked) throw usage(`--kernel and the image '${asked}' are two kernels; which one?`);
    return undefined;
  }
  if (values.has('--bios')) return asked;
  if (machine.mode === 'bare') throw usage('--mode bare starts in M-mode: it needs --bios or --kernel');
  return asked ?? DEFAULT_IMAGE;
}

type Files = Omit<NamedFiles, 'kernel' | 'initrd'> &
  Pick<BootFiles, 'kernel' | 'initrd'> & { readonly bootargs?: string };

async function filesFor(
  image: ImageName | undefined,
  named: NamedFiles,
  { terminal, isDefault }: { terminal: Terminal; isDefault: boolean },
): Promise<Files> {
  if (image === undefined) return named;
  if (image === 'hello') return { ...named, kernel: helloImage().bytes };
  try {
    return { ...(await debian(terminal, named)), bootargs: DEBIAN_COMMAND_LINE };
  } catch (error) {
    if (!(error instanceof HypercraftError)) throw error;
    if (!isDefault) throw new ImageUnavailable(`cannot get the image '${image}': ${explain(error)}`);
    terminal.note(`hypercraft: cannot get Debian (${explain(error)}): running the embedded guest instead`);
    return { kernel: helloImage().bytes };
  }
}

async function debian(terminal: Terminal, named: NamedFiles): Promise<Files> {
  const { openImageStore } = await import('../platform/node/images.js');
  using progress = new ProgressBar(terminal);
  const image = await openImageStore().pull('debian', { onProgress: progress.report });
  return { ...named, ...(await image.open()), ...(named.initrd && { initrd: named.initrd }) };
}
