// The store of translated code in a directory: what a run keeps in its draft is read again, and nothing of it is left.
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openJitStore } from './jit-store.js';

it('drafts of one store_have what was appended to each, and no name', () => {
  const directory = mkdtempSync(join(tmpdir(), 'hypercraft-jit-'));
  try {
    const store = openJitStore(join(directory, 'deep'));
    const drafts = [store.draft!()!, store.draft!()!];
    for (const [i, draft] of drafts.entries()) {
      draft.append(Uint8Array.of(i, 1, 2));
      draft.append(Uint8Array.of(3, 4, i + 5));
    }
    for (const [i, draft] of drafts.entries()) {
      const bytes = new Uint8Array(4);
      expect(draft.readInto(2, bytes)).toBe(4);
      expect(bytes).toEqual(Uint8Array.of(2, 3, 4, i + 5));
      expect(draft.readInto(4, bytes)).toBe(2);
    }
    expect(readdirSync(join(directory, 'deep'))).toEqual([]);
  } finally {
    rmSync(directory, { recursive: true });
  }
});
