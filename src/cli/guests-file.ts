// The file of `hypercraft up`: several guests and how they share the host. Checked completely before anything runs; what a
// guest boots is said in the words of `hypercraft run`, so that the same code checks and lays it out.
import { LineCounter, parseDocument } from 'yaml';
import { besideFile } from '../platform/node/disk.js';
import { HOST_DEVICES, type HostDeviceName, POLICY_NAMES, type PolicyName } from '../vmm/index.js';
import { type ParsedOptions, parseSize, usage } from './options.js';

/** One guest of the file. */
export interface GuestEntry {
  readonly name: string;
  /** As on the command line of `run`. */
  readonly options: ParsedOptions;
  readonly share: { readonly weight?: number; readonly quota?: number };
  /** Bytes of the host's memory that it may have. */
  readonly memoryLimit?: number;
  /** What becomes of it there, or where the host has no more; it ends by default. */
  readonly whenFull: 'pause' | 'end';
  /** Harts of the host that it is to run on. */
  readonly pin?: readonly number[];
  /** Devices of the host that are this guest's alone. */
  readonly devices: readonly HostDeviceName[];
}

export interface GuestsFile {
  readonly scheduler: { readonly policy?: PolicyName; readonly slice?: number };
  /** Harts of the host, each with a thread of its own; as many as the computer has cores by default. */
  readonly harts?: number;
  /** Bytes of memory that the host has for all of them; nearly 4 GiB by default. */
  readonly memory?: number;
  readonly guests: readonly GuestEntry[];
}

/** Keys of a guest that are options of `run`; the values of some are paths, seen from the file's own folder. */
const OPTIONS: Readonly<Record<string, { readonly option: string; readonly path?: true }>> = {
  kernel: { option: '--kernel', path: true },
  initrd: { option: '--initrd', path: true },
  bios: { option: '--bios', path: true },
  dtb: { option: '--dtb', path: true },
  append: { option: '--append' },
  mode: { option: '--mode' },
  memory: { option: '--memory' },
  vcpus: { option: '--smp' },
  cpu: { option: '--cpu' },
};

const MAX_GUESTS = 64;
const MAX_HARTS = 8;
/** Names are prefixes of lines. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$/;

type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads the text of the file at `path`.
 * @throws HypercraftError `USAGE`
 */
export function parseGuestsFile(path: string, text: string): GuestsFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const error = document.errors[0];
  if (error !== undefined) {
    throw usage(`${path}:${lines.linePos(error.pos[0]).line}: ${error.message.split('\n')[0]}`);
  }
  const root = fields(path, toJs(path, document), ['host', 'guests']);
  if (!Array.isArray(root.guests) || root.guests.length === 0)
    throw usage(`${path}: 'guests' must list a guest or more`);
  if (root.guests.length > MAX_GUESTS) throw usage(`${path}: ${root.guests.length} guests, at most ${MAX_GUESTS}`);
  const guests = root.guests.map((entry: unknown, index) => guestEntry(path, entry, index));
  for (const [index, { name }] of guests.entries()) {
    if (guests.findIndex((other) => other.name === name) !== index) throw usage(`${path}: two guests called '${name}'`);
  }
  const devices = guests.flatMap((guest) => guest.devices);
  const twice = devices.find((device, index) => devices.indexOf(device) !== index);
  if (twice !== undefined) throw usage(`${path}: ${twice} can be one guest's only`);
  const host = fields(`${path}, host`, root.host ?? {}, ['policy', 'slice', 'harts', 'memory']);
  const harts = number(`${path}, host`, host, 'harts', MAX_HARTS);
  if (harts !== undefined && !Number.isInteger(harts)) throw usage(`${path}, host: 'harts' must be a whole number`);
  const pinned = guests.find(({ pin = [] }) => harts !== undefined && pin.some((hart) => hart >= harts));
  if (pinned !== undefined) throw usage(`${path}, ${pinned.name}: 'pin' names a hart that the host does not have`);
  const memory = word(`${path}, host`, host, 'memory');
  return {
    scheduler: scheduler(`${path}, host`, host),
    ...(harts !== undefined && { harts }),
    ...(memory !== undefined && { memory: parseSize(`${path}, host: memory`, memory) }),
    guests,
  };
}

/** What the code of `run` says of a guest of the file, in the file's words: they are no options there. */
export function inFileWords(message: string): string {
  let said = message.replace(/^run: /, 'image: ');
  for (const [key, { option }] of Object.entries(OPTIONS)) {
    said = said.replace(new RegExp(`${option}(?![\\w-])`, 'g'), key);
  }
  return said;
}

function toJs(path: string, document: ReturnType<typeof parseDocument>): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (cause) {
    throw usage(`${path}: ${cause instanceof Error ? cause.message : cause}`);
  }
}

function scheduler(where: string, host: Fields): GuestsFile['scheduler'] {
  const policy = POLICY_NAMES.find((name) => name === host.policy);
  if (host.policy !== undefined && policy === undefined) {
    throw usage(`${where}: policy '${host.policy}' is not one of ${POLICY_NAMES.join(', ')}`);
  }
  const slice = number(where, host, 'slice', 1000);
  return { ...(policy && { policy }), ...(slice !== undefined && { slice }) };
}

function guestEntry(path: string, value: unknown, index: number): GuestEntry {
  const known = ['name', 'image', 'weight', 'quota', 'limit', 'when-full', 'pin', 'devices', ...Object.keys(OPTIONS)];
  const nameless = `${path}, guest ${index + 1}`;
  const guest = fields(nameless, value, known);
  const name = String(guest.name ?? `guest${index + 1}`);
  if (!NAME.test(name))
    throw usage(`${nameless}: '${name}' is no name (letters, digits, '.', '_' and '-', at most 32)`);
  const where = `${path}, ${name}`;
  const values = new Map<string, string>();
  for (const [key, { option, path: isPath }] of Object.entries(OPTIONS)) {
    const text = word(where, guest, key);
    if (text !== undefined) values.set(option, isPath ? besideFile(path, text) : text);
  }
  const image = word(where, guest, 'image');
  const weight = number(where, guest, 'weight', 10_000);
  const quota = number(where, guest, 'quota', 64);
  const limit = word(where, guest, 'limit');
  const pin = pinOf(where, guest);
  const whenFull = word(where, guest, 'when-full') ?? 'end';
  if (whenFull !== 'pause' && whenFull !== 'end') throw usage(`${where}: 'when-full' is pause or end`);
  return {
    name,
    options: { operands: image === undefined ? [] : [image], values },
    share: { ...(weight !== undefined && { weight }), ...(quota !== undefined && { quota }) },
    ...(limit !== undefined && { memoryLimit: parseSize(`${where}: limit`, limit) }),
    whenFull,
    ...(pin && { pin }),
    devices: devicesOf(where, guest),
  };
}

function pinOf(where: string, { pin }: Fields): number[] | undefined {
  if (pin === undefined) return undefined;
  const harts: unknown[] = Array.isArray(pin) ? pin : [pin];
  const right = (hart: unknown): hart is number =>
    Number.isInteger(hart) && Number(hart) >= 0 && Number(hart) < MAX_HARTS;
  if (harts.length === 0 || !harts.every(right) || new Set(harts).size !== harts.length) {
    throw usage(`${where}: 'pin' must name harts of the host, from 0, each once`);
  }
  return harts;
}

function devicesOf(where: string, { devices = [] }: Fields): HostDeviceName[] {
  if (!Array.isArray(devices)) throw usage(`${where}: 'devices' must be a list of names`);
  return devices.map((name: unknown) => {
    const known = HOST_DEVICES.find((device) => device.name === name);
    if (known !== undefined) return known.name;
    throw usage(`${where}: there is no device '${name}' (but ${HOST_DEVICES.map((device) => device.name).join(', ')})`);
  });
}

/** A mapping with no other keys than these. */
function fields(where: string, value: unknown, known: readonly string[]): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw usage(`${where}: not a mapping`);
  const unknown = Object.keys(value).find((key) => !known.includes(key));
  if (unknown !== undefined) throw usage(`${where}: unknown key '${unknown}' (there are ${known.join(', ')})`);
  return value as Fields;
}

function word(where: string, from: Fields, key: string): string | undefined {
  const value = from[key];
  if (value === undefined) return undefined;
  if (typeof value !== 'string' && typeof value !== 'number') throw usage(`${where}: '${key}' must be a word`);
  return String(value);
}

function number(where: string, from: Fields, key: string, most: number): number | undefined {
  const value = from[key];
  if (value === undefined) return undefined;
  if (typeof value !== 'number' || !(value > 0 && value <= most)) {
    throw usage(`${where}: '${key}' must be a number above 0, at most ${most}`);
  }
  return value;
}
