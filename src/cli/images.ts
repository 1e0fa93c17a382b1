// `hypercraft images`: what is in the cache, and getting it there, checking it, removing it.
import { IMAGE_NAMES, type ImageStore } from '../boot/index.js';
import { openImageStore } from '../platform/node/index.js';
import { Terminal } from '../platform/node/terminal.js';
import { explain } from './explain.js';
import { type ParsedOptions, parseChoice, usage } from './options.js';
import { megabytes, ProgressBar } from './progress.js';

const ACTIONS = ['list', 'pull', 'verify', 'rm'] as const;

export async function images({ operands, values }: ParsedOptions): Promise<number> {
  const action = parseChoice('images', operands[0] ?? 'list', ACTIONS);
  const name = operands[1] === undefined ? undefined : parseChoice(`images ${action}`, operands[1], IMAGE_NAMES);
  if (action === 'rm' && name === undefined) throw usage('images rm: which image?');
  const mirror = values.get('--mirror');
  if (mirror !== undefined && action !== 'pull') throw usage(`images ${action} takes no --mirror`);
  using terminal = new Terminal();
  const say = (line: string) => terminal.write(new TextEncoder().encode(`${line}\n`));
  const store = openImageStore();
  try {
    const status = await actions[action]({ store, terminal, say, name, mirror });
    await terminal.flush();
    return status;
  } catch (error) {
    terminal.note(`hypercraft: ${explain(error)}`);
    return 1;
  }
}

interface Errand {
  readonly store: ImageStore;
  readonly terminal: Terminal;
  readonly say: (line: string) => void;
  readonly name: (typeof IMAGE_NAMES)[number] | undefined;
  readonly mirror: string | undefined;
}

const actions: Record<(typeof ACTIONS)[number], (errand: Errand) => Promise<number>> = {
  async list({ store, say }) {
    for (const { name, image } of await store.list()) {
      say(`${name.padEnd(10)} ${image ? `${megabytes(image.size)}, Linux ${image.kernelVersion}` : 'not pulled yet'}`);
    }
    say(`${'hello'.padEnd(10)} embedded`);
    return 0;
  },

  async pull({ store, terminal, say, name, mirror }) {
    using progress = new ProgressBar(terminal);
    const options = { onProgress: progress.report, ...(mirror !== undefined && { mirror }) };
    const image = await store.pull(name ?? 'debian', options);
    progress[Symbol.dispose]();
    say(`${image.name.padEnd(10)} ${megabytes(image.size)}, Linux ${image.kernelVersion}`);
    return 0;
  },

  async verify({ store, say, name }) {
    const checks = await store.verify(name);
    for (const { path, ok } of checks) say(`${ok ? 'ok ' : 'BAD'} ${path}`);
    if (checks.length === 0) say('nothing has been pulled');
    return checks.every(({ ok }) => ok) && (checks.length > 0 || name === undefined) ? 0 : 1;
  },

  async rm({ store, say, name }) {
    say((await store.rm(name!)) ? `${name} removed` : `${name} was not there`);
    return 0;
  },
};
