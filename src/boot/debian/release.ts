// The Release file of a Debian suite: what is in it and which hashes its indexes have. Debian wiki, DebianRepository/Format.

import { HypercraftError } from '../../isa/error.js';
import { parseStanza } from './control.js';

/** Clocks of guests' hosts drift; a signature from further ahead means one of the two is wrong. */
const MAX_AHEAD_MS = 24 * 60 * 60 * 1000;

export interface IndexFile {
  readonly path: string;
  readonly sha256: string;
  readonly size: number;
}

export interface Release {
  readonly codename: string;
  readonly suite: string;
  readonly version: string;
  readonly date: Date;
  readonly byHash: boolean;
  readonly files: ReadonlyMap<string, IndexFile>;
}

/**
 * Reads a Release file whose signature has been checked.
 *
 * @param suite the suite asked for; a mirror must not pass off another one.
 * @throws HypercraftError `ARCHIVE_RELEASE` for a malformed or different suite, `ARCHIVE_DATE` for one from the future or
 * past its validity.
 */
export function parseRelease(text: string, suite: string, now: Date): Release {
  const fields = parseStanza(text);
  const codename = fields.get('codename') ?? '';
  const name = fields.get('suite') ?? '';
  if (codename !== suite && name !== suite) {
    throw new HypercraftError('ARCHIVE_RELEASE', `the mirror answered with suite '${codename}' instead of '${suite}'`);
  }
  const date = new Date(fields.get('date') ?? '');
  if (Number.isNaN(date.getTime())) throw new HypercraftError('ARCHIVE_RELEASE', 'Release file without a date');
  if (date.getTime() > now.getTime() + MAX_AHEAD_MS) {
    throw new HypercraftError('ARCHIVE_DATE', `the archive's index is from ${date.toISOString()}: is the clock right?`);
  }
  const until = fields.get('valid-until');
  // NaN compares false: a date that cannot be read is no validity at all.
  if (until !== undefined && !(new Date(until).getTime() > now.getTime())) {
    throw new HypercraftError('ARCHIVE_DATE', `the archive's index expired (${until}): the mirror is out of date`);
  }
  const files = new Map<string, IndexFile>();
  for (const line of (fields.get('sha256') ?? '').split('\n')) {
    const match = /^([0-9a-f]{64})\s+(\d{1,12})\s+(\S+)$/.exec(line.trim());
    if (match) files.set(match[3]!, { sha256: match[1]!, size: Number(match[2]), path: match[3]! });
  }
  if (files.size === 0) throw new HypercraftError('ARCHIVE_RELEASE', 'Release file without SHA-256 sums');
  const byHash = fields.get('acquire-by-hash') === 'yes';
  return { codename, suite: name, version: fields.get('version') ?? '', date, byHash, files };
}
