// Steal time: how long a hart that had something to do was kept waiting, told through 64 bytes of its memory.
// SBI specification, "Steal-time Accounting Extension" (EID "STA").
//
//   +0  sequence   u32  odd while `steal` is being written
//   +4  flags      u32  0
//   +8  steal      u64  nanoseconds
//   +16 preempted  u8   the hart is ready, and another one runs in its place
import type { SbiHart, SbiPlatform } from './context.js';
import type { SbiExtension } from './extension.js';
import { ALL_ONES } from './hart-mask.js';
import { failure, SbiError, success } from './result.js';
import { sharedRange } from './shared-memory.js';
import { STA_SHMEM } from './state.js';

const BYTES = 64;
const STEAL = 8n;
const PREEMPTED = 16n;
/** Bit 0 of the state word; the address is aligned. */
const ENABLED = 1n;

export const sta: SbiExtension = {
  id: 0x53_5441,
  name: 'STA',
  functions: [
    (call) => {
      const { platform, hart } = call;
      const [low, high, flags] = [call.arg(0), call.arg(1), call.arg(2)];
      if (flags !== 0n) return failure(SbiError.invalidParam);
      if (low === ALL_ONES && high === ALL_ONES) {
        hart.state[STA_SHMEM] = 0n;
        return success();
      }
      if (low % BigInt(BYTES) !== 0n) return failure(SbiError.invalidParam);
      const address = sharedRange(platform, low, high, BigInt(BYTES), 'write');
      if (address === undefined || !platform.writeGuest(address, new Uint8Array(BYTES))) {
        return failure(SbiError.invalidAddress);
      }
      hart.state[STA_SHMEM] = address | ENABLED;
      return success();
    },
  ],
  hartReset: (_platform, hart) => {
    hart.state[STA_SHMEM] = 0n;
  },
};

/** The hart is about to run again; so far it has waited for `stolen` nanoseconds. */
export function tellResumed(platform: SbiPlatform, hart: SbiHart, stolen: bigint): void {
  const address = sharedMemory(hart);
  if (address === undefined) return;
  const old = platform.readGuest(address, BYTES);
  if (old === undefined) return;
  const view = new DataView(old.buffer, old.byteOffset, BYTES);
  platform.writeGuest(address + PREEMPTED, Uint8Array.of(0));
  if (view.getBigUint64(Number(STEAL), true) === stolen) return;
  const sequence = view.getUint32(0, true) & ~1;
  platform.writeGuest(address, word(sequence + 1));
  view.setBigUint64(Number(STEAL), stolen, true);
  platform.writeGuest(address + STEAL, old.slice(Number(STEAL), Number(STEAL) + 8));
  platform.writeGuest(address, word(sequence + 2));
}

/** The hart has to wait although it has something to do. */
export function tellPreempted(platform: SbiPlatform, hart: SbiHart): void {
  const address = sharedMemory(hart);
  if (address !== undefined) platform.writeGuest(address + PREEMPTED, Uint8Array.of(1));
}

function sharedMemory(hart: SbiHart): bigint | undefined {
  const state = hart.state[STA_SHMEM]!;
  return state === 0n ? undefined : state & ~ENABLED;
}

function word(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value >>> 0, true);
  return bytes;
}
