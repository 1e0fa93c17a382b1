// Performance counters. SBI specification, "Performance Monitoring Unit Extension" (EID "PMU"). Counters 0 to 2 are cycle,
// time and instret, the rest count firmware events; filters of config_flags are hints and ignored.
import type { SbiCall, SbiExtension } from './extension.js';
import { ALL_ONES } from './hart-mask.js';
import {
  COUNTERS,
  configure,
  configuredEvent,
  isFirmware,
  isStarted,
  readCounter,
  resetCounters,
  setSnapshotPage,
  setStarted,
  snapshotPage,
  writeCounter,
} from './pmu-counters.js';
import { canCount, HARDWARE_COUNTERS } from './pmu-events.js';
import { failure, SbiError, type SbiReturn, success } from './result.js';
import { bytesToWords, sharedRange, wordsToBytes } from './shared-memory.js';

const SKIP_MATCH = 1n << 0n;
const CLEAR_VALUE = 1n << 1n;
const AUTO_START = 1n << 2n;
const CONFIG_FLAGS = 0xffn;
const SET_INIT_VALUE = 1n << 0n;
const INIT_SNAPSHOT = 1n << 1n;
const RESET = 1n << 0n;
const TAKE_SNAPSHOT = 1n << 1n;

const WIDTH_64 = 63n << 12n;
const TYPE_FIRMWARE = 1n << 63n;
const PAGE = 4096n;
const SNAPSHOT_VALUES = 8n;
const EVENT_INFO_BYTES = 16n;
const EVENT_INFO_MAX = 4096n;
const EVENT_IDX_BITS = 20n;

/** The counters a base and a mask name, undefined if one does not exist. */
function selectCounters(base: bigint, mask: bigint): number[] | undefined {
  if (mask >> BigInt(COUNTERS) !== 0n || (mask !== 0n && base >= BigInt(COUNTERS))) return undefined;
  const chosen: number[] = [];
  for (let offset = 0; offset < COUNTERS; offset++) {
    if ((mask >> BigInt(offset)) & 1n) chosen.push(Number(base) + offset);
  }
  return chosen.every((counter) => counter < COUNTERS) ? chosen : undefined;
}

function getInfo(call: SbiCall): SbiReturn {
  const index = call.arg(0);
  if (index >= BigInt(COUNTERS)) return failure(SbiError.invalidParam);
  const hardware = HARDWARE_COUNTERS[Number(index)];
  return success(WIDTH_64 | (hardware ? BigInt(hardware.csr) : TYPE_FIRMWARE));
}

function configMatching(call: SbiCall): SbiReturn {
  const { hart } = call;
  const flags = call.arg(2);
  const event = call.arg(3);
  const counters = selectCounters(call.arg(0), call.arg(1));
  if (!counters || flags & ~CONFIG_FLAGS) return failure(SbiError.invalidParam);

  const able = (counter: number) => canCount(counter, event, call.arg(4));
  const idle = counters.filter((counter) => able(counter) && !isStarted(hart, counter));
  // A counter that was stopped but not reset still belongs to someone: take it only if there is no other.
  const matching = idle.find((counter) => configuredEvent(hart, counter) === 0n) ?? idle[0];
  const chosen = flags & SKIP_MATCH ? counters.slice(0, 1).find(able) : matching;
  if (chosen === undefined) return failure(SbiError.notSupported);

  configure(hart, chosen, event);
  if (flags & CLEAR_VALUE) writeCounter(hart, chosen, 0n);
  if (flags & AUTO_START) setStarted(hart, chosen, true);
  return success(BigInt(chosen));
}

function start(call: SbiCall): SbiReturn {
  const { platform, hart } = call;
  const flags = call.arg(2);
  const counters = selectCounters(call.arg(0), call.arg(1));
  if (!counters || flags & ~(SET_INIT_VALUE | INIT_SNAPSHOT)) return failure(SbiError.invalidParam);
  if (flags === (SET_INIT_VALUE | INIT_SNAPSHOT)) return failure(SbiError.invalidParam);
  if (!counters.every((counter) => configuredEvent(hart, counter) !== 0n)) return failure(SbiError.invalidParam);

  let values: bigint[] | undefined;
  if (flags & INIT_SNAPSHOT) {
    const page = snapshotPage(hart);
    const bytes = page === undefined ? undefined : platform.readGuest(page + SNAPSHOT_VALUES, 64 * 8);
    if (!bytes) return failure(SbiError.noShmem);
    values = bytesToWords(bytes);
  }
  let already = false;
  for (const counter of counters) {
    if (isStarted(hart, counter)) {
      already = true;
      continue;
    }
    if (flags & SET_INIT_VALUE) writeCounter(hart, counter, call.arg(3));
    if (values) writeCounter(hart, counter, values[counter - Number(call.arg(0))]!);
    setStarted(hart, counter, true);
  }
  return already ? failure(SbiError.alreadyStarted) : success();
}

function stop(call: SbiCall): SbiReturn {
  const { hart } = call;
  const flags = call.arg(2);
  const counters = selectCounters(call.arg(0), call.arg(1));
  if (!counters || flags & ~(RESET | TAKE_SNAPSHOT)) return failure(SbiError.invalidParam);
  if (flags & TAKE_SNAPSHOT && snapshotPage(hart) === undefined) return failure(SbiError.noShmem);

  const already = counters.filter((counter) => !isStarted(hart, counter)).length > 0;
  for (const counter of counters) if (isStarted(hart, counter)) setStarted(hart, counter, false);
  if (flags & TAKE_SNAPSHOT && !takeSnapshot(call, counters)) return failure(SbiError.noShmem);
  if (flags & RESET) for (const counter of counters) configure(hart, counter, 0n);
  return already ? failure(SbiError.alreadyStopped) : success();
}

/** Writes the counters' values relative to the base; the overflow bitmap is zero without Sscofpmf. */
function takeSnapshot(call: SbiCall, counters: readonly number[]): boolean {
  const { platform, hart } = call;
  const page = snapshotPage(hart)!;
  const time = platform.time(hart);
  return (
    platform.writeGuest(page, wordsToBytes([0n])) &&
    counters.every((counter) => {
      const address = page + SNAPSHOT_VALUES + (BigInt(counter) - call.arg(0)) * 8n;
      return platform.writeGuest(address, wordsToBytes([readCounter(hart, counter, time)]));
    })
  );
}

function firmwareCounter(call: SbiCall): number | undefined {
  const index = call.arg(0);
  return index < BigInt(COUNTERS) && isFirmware(Number(index)) ? Number(index) : undefined;
}

function firmwareRead(call: SbiCall): SbiReturn {
  const counter = firmwareCounter(call);
  return counter === undefined ? failure(SbiError.invalidParam) : success(readCounter(call.hart, counter, 0n));
}

function firmwareReadHigh(call: SbiCall): SbiReturn {
  return firmwareCounter(call) === undefined ? failure(SbiError.invalidParam) : success();
}

function setSnapshot(call: SbiCall): SbiReturn {
  const [low, high] = [call.arg(0), call.arg(1)];
  if (call.arg(2) !== 0n) return failure(SbiError.invalidParam);
  if (low === ALL_ONES && high === ALL_ONES) {
    setSnapshotPage(call.hart, undefined);
    return success();
  }
  if (low % PAGE !== 0n) return failure(SbiError.invalidParam);
  const page = sharedRange(call.platform, low, high, PAGE, 'write');
  if (page === undefined) return failure(SbiError.invalidAddress);
  setSnapshotPage(call.hart, page);
  return success();
}

/** Says of each event in a table whether it can be counted. At most EVENT_INFO_MAX entries in one call. */
function eventInfo(call: SbiCall): SbiReturn {
  const { platform } = call;
  const [low, high, entries, flags] = [call.arg(0), call.arg(1), call.arg(2), call.arg(3)];
  if (flags !== 0n || low % EVENT_INFO_BYTES !== 0n) return failure(SbiError.invalidParam);
  const address = sharedRange(platform, low, high, entries * EVENT_INFO_BYTES, 'write');
  if (address === undefined) return failure(SbiError.invalidAddress);
  if (entries > EVENT_INFO_MAX) return failure(SbiError.failed);
  const table = platform.readGuest(address, Number(entries * EVENT_INFO_BYTES));
  if (!table) return failure(SbiError.invalidAddress);

  const words = bytesToWords(table);
  for (let entry = 0; entry < words.length; entry += 2) {
    const event = words[entry]! & 0xffff_ffffn;
    if (event >> EVENT_IDX_BITS !== 0n) return failure(SbiError.invalidParam);
    const data = event >> 16n === 0n || event >> 16n === 1n ? 0n : words[entry + 1]!;
    const able = Array.from({ length: COUNTERS }, (_, counter) => counter).some((c) => canCount(c, event, data));
    words[entry] = event | (able ? 1n << 32n : 0n);
  }
  return platform.writeGuest(address, wordsToBytes(words)) ? success() : failure(SbiError.invalidAddress);
}

export const pmu: SbiExtension = {
  id: 0x50_4d55,
  name: 'PMU',
  functions: [
    () => success(BigInt(COUNTERS)),
    getInfo,
    configMatching,
    start,
    stop,
    firmwareRead,
    firmwareReadHigh,
    setSnapshot,
    eventInfo,
  ],
  hartReset: (_platform, hart) => resetCounters(hart),
};
