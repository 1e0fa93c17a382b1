// `hypercraft snapshot`: a guest saved as it is at some moment, what such a file holds, and the way on from there.

import { isaString } from '../isa/index.js';
import { writeOutput } from '../platform/node/disk.js';
import { openSnapshotFile } from '../platform/node/snapshot-file.js';
import { Terminal } from '../platform/node/terminal.js';
import { nodePlatform } from '../platform/node/worker.js';
import { Host, openSnapshot, Vm } from '../vmm/index.js';
import { endingOf, lastLine } from './ending.js';
import { type ParsedOptions, parseSeconds, usage } from './options.js';
import { prepare } from './prepare.js';

/** Debian's shell waits for a command. */
const PROMPT = '~ # ';
/** How long a guest has to come to rest after it has written what was waited for. */
const SETTLE_MS = 300;
const TIMED_OUT = 124;
const MIB = 2 ** 20;

export async function snapshot(parsed: ParsedOptions): Promise<number> {
  const [what, path, image] = parsed.operands;
  if (what !== 'save' && what !== 'restore' && what !== 'info') throw usage('snapshot what? save, restore or info');
  if (path === undefined) throw usage(`snapshot ${what} needs a FILE`);
  if (what === 'save') return save({ operands: image === undefined ? [] : [image], values: parsed.values }, path);
  const option = [...parsed.values.keys()].find((name) => what === 'info' || name !== '--timeout');
  const extra = image ?? option;
  if (extra !== undefined) throw usage(`snapshot ${what} takes no ${extra}`);
  if (what === 'info') return info(path);
  const { run } = await import('./run.js');
  return run({ operands: [], values: new Map([...parsed.values, ['--from', path]]) });
}

/** Boots a guest until it has written a text, and saves it. */
async function save(parsed: ParsedOptions, path: string): Promise<number> {
  const until = parsed.values.get('--until') ?? PROMPT;
  const limit = parsed.values.get('--timeout');
  const seconds = limit === undefined ? undefined : parseSeconds('--timeout', limit);
  using terminal = new Terminal();
  const { machine, boot } = await prepare(parsed, terminal);
  const host = await Host.create({ platform: nodePlatform(), timebase: machine.timebase, translator: 'when-hot' });
  await using vm = await Vm.create(host, host.platform, { machine, boot, whenFull: 'end' });
  const came = written(vm, until, terminal);
  terminal.open({ input: (bytes) => vm.input(bytes), end: () => {}, stop: () => process.exit(130) });
  const outcome = await Promise.race([came, vm.run(), ...(seconds === undefined ? [] : [after(seconds * 1000)])]);
  if (outcome === 'late') {
    terminal.note(`hypercraft: the guest has not written '${until}' in ${seconds} s`);
    return TIMED_OUT;
  }
  if (outcome !== 'written') {
    terminal.note(`hypercraft: the guest ended before it wrote '${until}'`);
    terminal.note(lastLine(endingOf(outcome)));
    return 1;
  }
  await after(SETTLE_MS);
  const bytes = await vm.snapshot();
  await writeOutput('snapshot save', path, bytes);
  terminal.note(`hypercraft: saved ${path}, ${(bytes.length / MIB).toFixed(1)} MiB`);
  await terminal.flush();
  return 0;
}

function written(vm: Vm, text: string, terminal: Terminal): Promise<'written'> {
  const decoder = new TextDecoder();
  let seen = '';
  return new Promise((resolve) => {
    vm.on('output', (bytes) => {
      seen = (seen + decoder.decode(bytes, { stream: true })).slice(-text.length - bytes.length);
      if (seen.includes(text)) resolve('written');
      return terminal.write(bytes);
    });
  });
}

function after(milliseconds: number): Promise<'late'> {
  return new Promise((resolve) => {
    setTimeout(() => resolve('late'), milliseconds);
  });
}

async function info(path: string): Promise<number> {
  const { description, clusters, filled, packed } = openSnapshot({ path }, { openFile: openSnapshotFile });
  const { name, codec, machine, state, virtualTime } = description;
  const rows: [string, string][] = [
    ['guest', name],
    ['mode', machine.mode],
    ['harts', `${machine.harts}, ${machine.cpu ?? isaString(machine.extensions)}`],
    ['memory', `${Number(machine.memory.size) / MIB} MiB`],
    ['in use', `${(filled / MIB).toFixed(1)} MiB`],
    ['packed', `${(packed / MIB).toFixed(1)} MiB, ${codec}, ${clusters} clusters`],
    ['time', `${(Number(state.time) / machine.timebase).toFixed(3)} s${virtualTime === undefined ? '' : ', virtual'}`],
    ['devices', Object.keys(state.devices).join(', ')],
    ...state.vcpus.map((vcpu, id): [string, string] => [`hart ${id}`, `pc 0x${vcpu.registers.pc!.toString(16)}`]),
  ];
  using terminal = new Terminal();
  const lines = rows.map(([what, text]) => `${what.padEnd(8)} ${text}\n`);
  terminal.write(new TextEncoder().encode(lines.join('')));
  await terminal.flush();
  return 0;
}
