// `--migrate-to` and `--incoming`: a guest that leaves for another process when it is told to, and one that comes from there.
import type { Address } from '../platform/node/sockets.js';
import { type Host, type ReceiveOptions, Vm } from '../vmm/index.js';
import { explain } from './explain.js';
import { usage } from './options.js';

const MOST_PORT = 65_535;

/** `PORT`, `HOST:PORT` or `[HOST]:PORT`; this machine without a HOST. Throws `USAGE`. */
export function parseAddress(option: string, text: string): Address {
  const { six, host, port } = /^(?:(?:\[(?<six>[^\]]+)\]|(?<host>[^:]+)):)?(?<port>\d+)$/.exec(text)?.groups ?? {};
  if (port === undefined || Number(port) > MOST_PORT) throw usage(`${option}: '${text}' is not [HOST:]PORT`);
  return { host: six ?? host ?? '127.0.0.1', port: Number(port) };
}

type Note = (line: string) => void;

/** Takes guests that arrive until one is there whole. */
export async function awaitGuest(host: Host, address: Address, options: ReceiveOptions, note: Note): Promise<Vm> {
  const { Listener } = await import('../platform/node/sockets.js');
  using listener = new Listener(address);
  const port = await listener.open();
  note(`hypercraft: waiting for a guest on ${address.host}:${port}`);
  for (;;) {
    try {
      return await Vm.receive(host, host.platform, await listener.next(), options);
    } catch (error) {
      note(`hypercraft: the guest did not arrive: ${explain(error)}`);
    }
  }
}

/** What sends a guest away when it is asked to. */
export class Departure {
  readonly #address: Address;
  readonly #note: Note;
  #busy = false;
  /** Nobody here knows whose the guest is. */
  #uncertain = false;

  constructor(address: Address, note: Note) {
    this.#address = address;
    this.#note = note;
  }

  /** Sends the guest away; it stays if that fails. Again after it was uncertain who has it: it goes on here. */
  async begin(vm: Vm): Promise<void> {
    if (this.#busy) return;
    if (this.#uncertain) {
      this.#uncertain = false;
      vm.resume();
      this.#note('hypercraft: the guest goes on here');
      return;
    }
    this.#busy = true;
    const { host, port } = this.#address;
    try {
      this.#note(`hypercraft: migrating to ${host}:${port}`);
      const { connectTo } = await import('../platform/node/sockets.js');
      const { downtime, milliseconds, rounds, bytes } = await vm.migrate(await connectTo(this.#address));
      const mib = (bytes / 2 ** 20).toFixed(1);
      this.#note(
        `hypercraft: migrated in ${milliseconds.toFixed(0)} ms, ${rounds} rounds, ${mib} MiB; the guest stood still for ${downtime.toFixed(1)} ms`,
      );
    } catch (error) {
      this.#uncertain = (error as { code?: string }).code === 'MIGRATION_UNKNOWN';
      this.#note(`hypercraft: ${this.#uncertain ? '' : 'the guest stays here: '}${explain(error)}`);
    } finally {
      this.#busy = false;
    }
  }
}
