// A console for early boot and last words. SBI specification, "Debug Console Extension" (EID "DBCN"). Writing and reading
// may be partial, so one call moves at most CHUNK bytes whatever length the guest names.
import type { SbiCall, SbiExtension } from './extension.js';
import { failure, placed, SbiError, type SbiReturn, success } from './result.js';
import { sharedRange } from './shared-memory.js';

const CHUNK = 0x1_0000n;

function chunk(length: bigint): number {
  return Number(length < CHUNK ? length : CHUNK);
}

function consoleWrite(call: SbiCall): SbiReturn {
  const { platform } = call;
  const length = call.arg(0);
  const address = sharedRange(platform, call.arg(1), call.arg(2), length, 'read');
  if (address === undefined) return failure(SbiError.invalidParam);
  if (length === 0n) return success();
  const bytes = platform.readGuest(address, chunk(length));
  return bytes ? success(BigInt(platform.consoleWrite(bytes))) : failure(SbiError.failed);
}

function consoleRead(call: SbiCall): SbiReturn {
  const { platform } = call;
  const length = call.arg(0);
  const address = sharedRange(platform, call.arg(1), call.arg(2), length, 'write');
  if (address === undefined) return failure(SbiError.invalidParam);
  const bytes = platform.consoleRead(chunk(length));
  if (bytes.length === 0) return success();
  return platform.writeGuest(address, bytes) ? success(BigInt(bytes.length)) : failure(SbiError.failed);
}

/** Blocks while the console is full: the hart makes the call again. */
function consoleWriteByte(call: SbiCall): SbiReturn {
  return call.platform.consoleWrite(Uint8Array.of(call.u32(0))) === 1 ? success() : placed('retry');
}

export const dbcn: SbiExtension = {
  id: 0x4442_434e,
  name: 'DBCN',
  functions: [consoleWrite, consoleRead, consoleWriteByte],
};
