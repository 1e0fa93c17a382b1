// Where an archive lies, and opening it: what is of no use is as good as nothing.

import { translatorVersion } from '../engine/generated/version.js';
import { Archive, type JitFile } from './archive.js';
import type { JitDraft } from './archive-added.js';
import { FUSES, FUSES_SINGLES } from './exactness.js';
import { ORDERED } from './fences.js';
import { hasTailCalls } from './translator.js';

/** A place for one file of translations. What it has may be anything: it is checked. */
export interface JitStore {
  /** The file, open from now on; undefined if there is none that may be read. */
  open(): JitFile | undefined;
  /** Keeps a file, whose pieces are valid one at a time. */
  save(pieces: Iterable<Uint8Array>): Promise<void>;
  /** A file of this run's own, where what it keeps may be until it is saved: memory by default. */
  draft?(): JitDraft | undefined;
}

/** What a store has for this version of the translator and this runtime. */
export function openArchive(store: JitStore): Archive {
  const version = `${translatorVersion} ${hasTailCalls() ? 'chained' : ''} ${FUSES ? 'fused' : ''}${FUSES_SINGLES ? '-singles' : ''} ${ORDERED ? 'ordered' : ''}`;
  const archive = new Archive(version, undefined, () => store.draft?.());
  try {
    const file = store.open();
    if (file !== undefined) archive.open(file);
  } catch {
    // A store that fails is as good as none.
  }
  return archive;
}
