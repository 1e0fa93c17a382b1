// Debian control files: stanzas of `Field: value` lines with continuation lines, separated by blank lines.
// deb822(5); Debian Policy, chapter 5.

import type { ByteSource } from '../decompress.js';

/** Field names in lower case; continuation lines joined by newlines, their leading blank removed. */
export type Stanza = ReadonlyMap<string, string>;

const MAX_STANZA_CHARS = 4 * 1024 * 1024;

/** Parses one stanza; comment lines and lines that are neither are passed over. */
export function parseStanza(text: string): Stanza {
  const fields = new Map<string, string>();
  let current = '';
  for (const line of text.split('\n')) {
    if (line.startsWith('#')) continue;
    if (line.startsWith(' ') || line.startsWith('\t')) {
      if (current) fields.set(current, `${fields.get(current)}\n${line.slice(1).trimEnd()}`);
      continue;
    }
    const colon = line.indexOf(':');
    if (colon <= 0) continue;
    current = line.slice(0, colon).toLowerCase();
    fields.set(current, line.slice(colon + 1).trim());
  }
  return fields;
}

export function parseStanzas(text: string): Stanza[] {
  return text
    .replaceAll('\r\n', '\n')
    .split(/\n[ \t]*(?:\n[ \t]*)*\n/)
    .map(parseStanza)
    .filter((stanza) => stanza.size > 0);
}

/**
 * The stanzas of a long file, such as Packages, whose first line is accepted by `want`. Only those are kept and parsed: the
 * index of a Debian suite has tens of thousands.
 */
export async function* readStanzas(
  source: ByteSource,
  want: (firstLine: string) => boolean,
): AsyncGenerator<Stanza, void, void> {
  const decoder = new TextDecoder();
  let pending = '';
  for await (const piece of source) {
    pending += decoder.decode(piece, { stream: true });
    let start = 0;
    for (;;) {
      const end = pending.indexOf('\n\n', start);
      if (end < 0) break;
      const text = pending.slice(start, end);
      start = end + 2;
      if (want(text.slice(0, Math.max(0, text.indexOf('\n'))))) yield parseStanza(text);
    }
    pending = pending.slice(start);
    if (pending.length > MAX_STANZA_CHARS) return;
  }
  const line = pending.indexOf('\n');
  if (line >= 0 && want(pending.slice(0, line))) yield parseStanza(pending);
}
