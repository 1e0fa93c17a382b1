// Finds a mirror of the Debian archive in the system's own apt configuration, so that none has to be named here.
// sources.list(5), both the one-line style and deb822.

import { parseStanzas } from './control.js';

export interface AptSource {
  readonly uri: string;
  readonly suites: readonly string[];
  readonly components: readonly string[];
  readonly signedBy: string;
}

/** Reads `sources.list` and files like it: `deb [options] uri suite component...`. */
export function parseSourcesList(text: string): AptSource[] {
  const sources: AptSource[] = [];
  for (const line of text.split('\n')) {
    const match = /^\s*deb\s+(?:\[([^\]]*)\]\s*)?(\S+)\s+(\S+)\s*([^#]*)/.exec(line);
    if (!match) continue;
    const signedBy = /signed-by=(\S+)/.exec(match[1] ?? '')?.[1] ?? '';
    const components = match[4]!.split(/\s+/).filter(Boolean);
    sources.push({ uri: match[2]!, suites: [match[3]!], components, signedBy });
  }
  return sources;
}

/** Reads `*.sources`, the deb822 style. */
export function parseDeb822Sources(text: string): AptSource[] {
  const words = (value: string | undefined) => (value ?? '').split(/\s+/).filter(Boolean);
  return parseStanzas(text)
    .filter(
      (stanza) => words(stanza.get('types')).includes('deb') && !/^(no|false|0)$/i.test(stanza.get('enabled') ?? ''),
    )
    .flatMap((stanza) =>
      words(stanza.get('uris')).map((uri) => ({
        uri,
        suites: words(stanza.get('suites')),
        components: words(stanza.get('components')),
        signedBy: stanza.get('signed-by') ?? '',
      })),
    );
}

/**
 * The URIs among `sources` that are mirrors of Debian's main archive, best first: those that apt checks against Debian's own
 * keyring, then those whose path ends as Debian's mirrors do. Whether one is genuine its signature tells, not its name.
 */
export function debianMirrors(sources: readonly AptSource[]): string[] {
  const ranked: { uri: string; rank: number }[] = [];
  for (const { uri, suites, components, signedBy } of sources) {
    const security = uri.includes('security') || suites.every((suite) => suite.includes('security'));
    if (security || !components.includes('main') || !/^(https?|file):/.test(uri)) continue;
    const debianPath = /\/debian\/?$/.test(uri);
    const debianKey = signedBy.includes('debian-archive');
    if (debianPath || debianKey)
      ranked.push({ uri: withoutSlash(uri), rank: (debianKey ? 0 : 1) + (debianPath ? 0 : 2) });
  }
  ranked.sort((a, b) => a.rank - b.rank);
  return [...new Set(ranked.map(({ uri }) => uri))];
}

/** A URL without the slashes at its end. */
export function withoutSlash(uri: string): string {
  return uri.replace(/\/+$/, '');
}
