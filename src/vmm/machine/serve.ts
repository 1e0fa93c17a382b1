// A worker's side: builds the machine it is told to and runs it, asleep in Atomics.wait when it has nothing to do. It
// leaves its event loop only between a `run` message and the next pause or end.
import { attachHost, type Clock } from '../../host/index.js';
import { HypercraftError } from '../../isa/error.js';
import type { TracedExit } from './config.js';
import { Command } from './control.js';
import { Machine } from './machine.js';
import type { FromMachine, ToMachine } from './messages.js';

/** The channel to the realm that created the worker. */
export interface ServeChannel {
  post(message: FromMachine): void;
  onMessage(listener: (message: ToMachine) => void): void;
}

/** Instructions between two looks at the devices when nothing else makes the machine look. */
const SLICE_ALONE = 4_000_000;
const SLICE_SHARED = 200_000;
const TRACE_BATCH = 256;

/** Serves one machine on this thread for as long as it lives. */
export function serveMachine(channel: ServeChannel, clock: Clock): void {
  let machine: Machine | undefined;
  let traced: TracedExit[] = [];

  const flushTrace = (): void => {
    if (traced.length === 0) return;
    channel.post({ kind: 'trace', entries: traced });
    traced = [];
  };

  async function start(message: Extract<ToMachine, { kind: 'start' }>): Promise<void> {
    const host = await attachHost(message.share, clock);
    machine = new Machine(host, clock, message.config, {
      output: () => channel.post({ kind: 'output' }),
      trace: (entry) => {
        if (traced.push(entry) >= TRACE_BATCH) flushTrace();
      },
      flushed: (request) => channel.post({ kind: 'flushed', request }),
      remote: (access) => {
        const { control } = machine!;
        control.ask();
        channel.post({ kind: 'remote', access });
        return control.awaitReply();
      },
    });
    channel.post({ kind: 'started' });
  }

  function run(): void {
    const { control, config } = machine!;
    const slice = config.vcpuAreas.length === 1 ? SLICE_ALONE : SLICE_SHARED;
    while (control.command === Command.run) {
      const seen = control.doorbell;
      const result = machine!.turn(slice);
      if (result.kind === 'ended') {
        flushTrace();
        channel.post({ kind: 'ended', end: result.end });
        return;
      }
      if (result.kind === 'idle') {
        flushTrace();
        control.sleep(seen, result.milliseconds);
      }
    }
    flushTrace();
    if (control.command === Command.pause) channel.post({ kind: 'paused' });
  }

  const fail = (error: unknown): void => {
    const code = error instanceof HypercraftError ? error.code : 'INTERNAL';
    channel.post({
      kind: 'failed',
      code,
      message: error instanceof Error ? (error.stack ?? error.message) : `${error}`,
    });
  };

  channel.onMessage((message) => {
    if (message.kind === 'start') {
      start(message).catch(fail);
      return;
    }
    try {
      run();
    } catch (error) {
      // A defect of this library: the guest is not to blame, and the process need not die of it.
      fail(error);
    }
  });
}
