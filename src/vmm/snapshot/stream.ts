// Snapshots as streams: made piece by piece while they are read, and taken in whole before anything of them is believed.
import { HypercraftError } from '../../isa/error.js';
import { joined } from './snapshot.js';

/** No snapshot is larger: 4 GiB that cannot be packed, and what belongs to them. */
const MOST_BYTES = 2 ** 32 + 2 ** 25;

/** Pieces as a stream; `done` is called once, when the last was read, nobody wants more, or making them failed. */
export function streamOf(pieces: Generator<Uint8Array>, done: () => void): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        try {
          const next = pieces.next();
          if (!next.done) {
            controller.enqueue(next.value);
            return;
          }
          controller.close();
        } catch (error) {
          controller.error(error);
        }
        done();
      },
      cancel: done,
    },
    { highWaterMark: 0 },
  );
}

/** All of a stream, in memory. @throws HypercraftError `SNAPSHOT_TRUNCATED` if it breaks, `SNAPSHOT_CORRUPT` if it does not end */
export async function readSnapshot(stream: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read().catch((cause: unknown) => {
      throw new HypercraftError('SNAPSHOT_TRUNCATED', 'the stream of the snapshot broke', { cause });
    });
    if (done) return joined(pieces);
    length += value.length;
    if (length > MOST_BYTES) {
      await reader.cancel().catch(() => {});
      throw new HypercraftError('SNAPSHOT_CORRUPT', 'no snapshot is as long as this stream');
    }
    pieces.push(value);
  }
}
