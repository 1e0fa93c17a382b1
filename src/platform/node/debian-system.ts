// What this computer knows of the Debian archive: mirrors from its apt configuration, keyrings that it trusts.

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { debianMirrors, parseDeb822Sources, parseSourcesList, withoutSlash } from '../../boot/index.js';

const APT = '/etc/apt';
const KEYRINGS = '/usr/share/keyrings';
const TRUSTED = '/etc/apt/trusted.gpg.d';

/** HYPERCRAFT_MIRROR alone where it is set, else the mirrors in the apt configuration, best first. */
export async function systemMirrors(env: NodeJS.ProcessEnv = process.env, apt: string = APT): Promise<string[]> {
  const named = env.HYPERCRAFT_MIRROR;
  if (named) return [withoutSlash(named)];
  const sources = parseSourcesList(await text(join(apt, 'sources.list')));
  const parts = join(apt, 'sources.list.d');
  for (const name of (await readdir(parts).catch(() => [])).sort()) {
    if (name.endsWith('.list')) sources.push(...parseSourcesList(await text(join(parts, name))));
    if (name.endsWith('.sources')) sources.push(...parseDeb822Sources(await text(join(parts, name))));
  }
  return debianMirrors(sources);
}

/** The system's keyring of the Debian archive, in whichever form it has it. */
export async function systemKeyrings(): Promise<Uint8Array[]> {
  const trusted = await readdir(TRUSTED).catch(() => []);
  const paths = [
    join(KEYRINGS, 'debian-archive-keyring.pgp'),
    join(KEYRINGS, 'debian-archive-keyring.gpg'),
    ...trusted.filter((name) => /^debian-archive-.*\.(asc|gpg)$/.test(name)).map((name) => join(TRUSTED, name)),
  ];
  const found: Uint8Array[] = [];
  for (const path of paths) {
    const bytes = await readFile(path).catch(() => undefined);
    if (bytes) found.push(bytes);
    if (bytes && path.startsWith(KEYRINGS)) break; // the whole keyring: no need for its parts
  }
  return found;
}

async function text(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '');
}
