// TCP connections as streams, for guests that move between processes.
import { connect, createServer, type Server, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { HypercraftError } from '../../isa/error.js';
import type { MigrationStream } from '../../vmm/index.js';

/** Where a process listens. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** @throws HypercraftError `CONNECTION_FAILED` */
export function connectTo({ host, port }: Address): Promise<MigrationStream> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, noDelay: true });
    socket.once('connect', () => resolve(streamOf(socket)));
    socket.once('error', (cause) => reject(failed({ host, port }, cause)));
  });
}

/** A port that takes one connection after another. */
export class Listener implements Disposable {
  readonly #server: Server;
  readonly #address: Address;
  readonly #waiting: MigrationStream[] = [];
  #wanted: ((stream: MigrationStream) => void) | undefined;

  constructor(address: Address) {
    this.#address = address;
    this.#server = createServer({ noDelay: true }, (socket) => {
      const stream = streamOf(socket);
      if (this.#wanted === undefined) this.#waiting.push(stream);
      else this.#wanted(stream);
      this.#wanted = undefined;
    });
  }

  /** Begins to listen; the port, which the system chooses if 0 was asked for. @throws HypercraftError `CONNECTION_FAILED` */
  open(): Promise<number> {
    const { host, port } = this.#address;
    return new Promise((resolve, reject) => {
      this.#server.once('error', (cause) => reject(failed(this.#address, cause)));
      this.#server.listen(port, host, () => resolve((this.#server.address() as { port: number }).port));
    });
  }

  /** The next connection. */
  next(): Promise<MigrationStream> {
    const stream = this.#waiting.shift();
    if (stream !== undefined) return Promise.resolve(stream);
    return new Promise((resolve) => {
      this.#wanted = resolve;
    });
  }

  [Symbol.dispose](): void {
    this.#server.close();
  }
}

function streamOf(socket: Socket): MigrationStream {
  // Whoever reads or writes next hears of it.
  socket.on('error', () => {});
  return Duplex.toWeb(socket) as MigrationStream;
}

function failed({ host, port }: Address, cause: Error): HypercraftError {
  return new HypercraftError('CONNECTION_FAILED', `${host}:${port}: ${cause.message}`, { cause });
}
