// The side a guest comes to. It believes nothing it was not shown, and has no guest until the other side has let go of it.
import type { MachineState } from '../machine/state.js';
import { textToPlain } from '../snapshot/plain.js';
import { Channel, corrupt, type MigrationStream, type Silence } from './frames.js';
import { unpackPages } from './pages.js';

/** A guest that is being made here. */
export interface ArrivingGuest {
  /** Makes page `page` this; false if the guest has no such page. @throws HypercraftError `NO_MEMORY` */
  write(page: number, content: Uint8Array): boolean;
  /** Builds its machine, ready to go on. */
  build(state: MachineState): Promise<void>;
}

/**
 * Takes a guest in from the other end of a stream: `make` gets what its machine is made of. When this resolves the guest is this side's.
 * @throws HypercraftError `MIGRATION_FORMAT`, `MIGRATION_VERSION`, `MIGRATION_CORRUPT`, `MIGRATION_BROKEN`, `MIGRATION_REFUSED`, and what
 * `make` and the guest throw; the guest is still the other side's
 */
export async function receiveGuest(
  stream: MigrationStream,
  make: (machine: unknown) => Promise<ArrivingGuest>,
  silence: Silence,
): Promise<void> {
  const channel = new Channel(stream, silence);
  try {
    await channel.expectPreamble();
    const { payload } = await channel.next('machine');
    const guest = await make(plainFrom(payload));
    await channel.send('accepted');
    await takeIn(channel, guest);
    await channel.send('ready');
    await channel.next('go');
  } catch (error) {
    channel.refuse(error);
    throw error;
  }
  // It is ours, whether the other side hears that or not.
  await channel.send('taken').catch(() => {});
  void channel.close();
}

async function takeIn(channel: Channel, guest: ArrivingGuest): Promise<void> {
  for (;;) {
    const { kind, payload } = await channel.next('pages', 'sync', 'state');
    if (kind === 'sync') await channel.send('synced');
    else if (kind === 'state') {
      await guest.build(plainFrom(payload) as MachineState);
      return;
    } else {
      for (const { page, content } of unpackPages(payload)) if (!guest.write(page, content)) throw corrupt('a page');
    }
  }
}

function plainFrom(payload: Uint8Array): unknown {
  try {
    return textToPlain(new TextDecoder().decode(payload));
  } catch {
    throw corrupt('a description');
  }
}
