// The index of packages: what a package is called, where it lies in the pool, its hash and what it depends on.
// Debian wiki, DebianRepository/Format, "Packages Indices"; Debian Policy, section 7.1.

import { HypercraftError } from '../../isa/error.js';
import type { Stanza } from './control.js';

export interface Package {
  readonly name: string;
  readonly version: string;
  /** Below the root of the mirror. */
  readonly path: string;
  readonly sha256: string;
  readonly size: number;
  readonly depends: readonly Dependency[];
}

export interface Dependency {
  readonly name: string;
  /** Where exactly one version will do. */
  readonly version?: string;
}

/** @throws HypercraftError `ARCHIVE_PACKAGE` where a needed field is missing or cannot be right. */
export function parsePackage(stanza: Stanza): Package {
  const field = (name: string) => stanza.get(name) ?? '';
  const path = field('filename');
  const sha256 = field('sha256');
  const size = Number(field('size'));
  const name = field('package');
  const sane = /^[0-9a-f]{64}$/.test(sha256) && Number.isSafeInteger(size) && size > 0;
  if (!sane || !/^[\w.+~:%/-]+$/.test(path) || path.split('/').includes('..') || path.startsWith('/')) {
    throw new HypercraftError('ARCHIVE_PACKAGE', `broken entry for package '${name}' in the archive's index`);
  }
  const depends = parseDepends(`${field('pre-depends')},${field('depends')}`);
  return { name, version: field('version'), path, sha256, size, depends };
}

/** The first alternative of each dependency. */
export function parseDepends(text: string): Dependency[] {
  return text
    .split(',')
    .map((one) => /^\s*([\w.+-]+)(?::\w+)?\s*(?:\(\s*=\s*([^)\s]+)\s*\))?/.exec(one))
    .filter((match) => match !== null)
    .map((match) => (match[2] === undefined ? { name: match[1]! } : { name: match[1]!, version: match[2] }));
}

/** A set of packages in which to look things up. */
export class PackageIndex {
  readonly #byName = new Map<string, Package[]>();

  add(entry: Package): void {
    const same = this.#byName.get(entry.name);
    if (same) same.push(entry);
    else this.#byName.set(entry.name, [entry]);
  }

  /** @throws HypercraftError `ARCHIVE_PACKAGE` */
  get({ name, version }: Dependency): Package {
    const candidates = this.#byName.get(name) ?? [];
    const found = version === undefined ? candidates.at(-1) : candidates.find((entry) => entry.version === version);
    if (!found) {
      const which = version === undefined ? name : `${name} ${version}`;
      throw new HypercraftError('ARCHIVE_PACKAGE', `the archive has no package '${which}'`);
    }
    return found;
  }

  /** `name` and what it depends on, as far as `follow` accepts the names, without repetition. */
  closure(name: string, follow: (name: string) => boolean): Package[] {
    const found = new Map<string, Package>();
    const visit = (dependency: Dependency): void => {
      if (found.has(dependency.name)) return;
      const entry = this.get(dependency);
      found.set(entry.name, entry);
      for (const next of entry.depends) if (follow(next.name)) visit(next);
    };
    visit({ name });
    return [...found.values()];
  }
}
