// A Debian archive as a client sees it: the signed Release file of a suite, the index it vouches for, and packages that the
// index vouches for. Nothing is used before the chain of hashes up to a trusted signature has been checked.

import { HypercraftError } from '../../isa/error.js';
import { readDeb } from '../archive/deb.js';
import { decompress, detectCompression } from '../decompress.js';
import { readStanzas } from './control.js';
import { download, fetchSmall } from './download.js';
import { type ArchiveKey, DEBIAN_FINGERPRINTS, knownKeys, readKeyrings, verifyClearSigned } from './keys.js';
import { withoutSlash } from './mirror.js';
import { type Package, PackageIndex, parsePackage } from './packages.js';
import type { ImagePlatform, TransferOptions } from './ports.js';
import { parseRelease, type Release } from './release.js';

const MAX_RELEASE_BYTES = 16 * 1024 * 1024;
const MAX_INDEX_BYTES = 1024 * 1024 * 1024;
const KEYRING_PACKAGE = 'debian-archive-keyring';

export interface ArchiveOptions {
  /** Root of a mirror; the system's own where missing. */
  readonly mirror?: string;
  readonly suite: string;
  readonly architecture: string;
  /** Fingerprints accepted where the system has no keyring for the suite. */
  readonly fingerprints?: ReadonlySet<string>;
}

export class DebianArchive {
  readonly #platform: ImagePlatform;
  readonly #options: ArchiveOptions;
  #mirror: string | undefined;

  constructor(platform: ImagePlatform, options: ArchiveOptions) {
    this.#platform = platform;
    this.#options = options;
  }

  /**
   * The packages of the suite's main component whose names `want` accepts.
   *
   * @throws HypercraftError `ARCHIVE_MIRROR` (none known), `ARCHIVE_SIGNATURE`, `ARCHIVE_DATE`, `ARCHIVE_RELEASE`,
   * `ARCHIVE_PACKAGE`, `DOWNLOAD_FAILED`, `DOWNLOAD_CORRUPT`.
   */
  async index(want: (name: string) => boolean, options: TransferOptions = {}): Promise<PackageIndex> {
    const { suite } = this.#options;
    options.onProgress?.({ phase: 'index', what: `Debian ${suite}`, done: 0 });
    const { mirror, signed } = await this.#signedRelease(options);
    this.#mirror = mirror;
    const now = this.#platform.now();
    const trusted = await readKeyrings(await this.#platform.keyrings());
    let text: string;
    try {
      text = await verifyClearSigned(signed, trusted, now);
    } catch (error) {
      const keys = await this.#keysFromMirror(signed, options).catch(() => []);
      if (keys.length === 0) throw error;
      text = await verifyClearSigned(signed, keys, now);
    }
    return this.#packages(parseRelease(text, suite, now), want, options);
  }

  /** Downloads a package of the index into the store. */
  async fetch(entry: Package, key: string, options: TransferOptions = {}): Promise<void> {
    const urls = [`${this.#mirror}/${entry.path.split('/').map(encodeURIComponent).join('/')}`];
    await download(this.#platform, key, { what: `${entry.name} ${entry.version}`, urls, ...hash(entry) }, options);
  }

  async #signedRelease(options: TransferOptions): Promise<{ mirror: string; signed: string }> {
    const { mirror: chosen, suite } = this.#options;
    const mirrors = chosen === undefined ? await this.#platform.mirrors() : [withoutSlash(chosen)];
    let failure: unknown;
    for (const mirror of mirrors) {
      try {
        const bytes = await fetchSmall(
          this.#platform,
          `${mirror}/dists/${suite}/InRelease`,
          MAX_RELEASE_BYTES,
          options,
        );
        return { mirror, signed: new TextDecoder().decode(bytes) };
      } catch (error) {
        failure ??= error;
      }
    }
    if (failure) throw failure;
    throw new HypercraftError(
      'ARCHIVE_MIRROR',
      'no mirror of the Debian archive in the apt configuration; name one with --mirror or HYPERCRAFT_MIRROR',
    );
  }

  async #packages(release: Release, want: (name: string) => boolean, options: TransferOptions): Promise<PackageIndex> {
    const { suite, architecture } = this.#options;
    const stem = `main/binary-${architecture}/Packages`;
    const file = [`${stem}.xz`, `${stem}.gz`, stem].map((path) => release.files.get(path)).find((found) => found);
    if (!file) throw new HypercraftError('ARCHIVE_RELEASE', `suite '${suite}' has no packages for ${architecture}`);
    const root = `${this.#mirror}/dists/${suite}`;
    const directory = file.path.slice(0, file.path.lastIndexOf('/'));
    const byHash = release.byHash ? [`${root}/${directory}/by-hash/SHA256/${file.sha256}`] : [];
    const key = `index/${file.sha256}`;
    const what = `package index of Debian ${suite}`;
    await download(this.#platform, key, { what, urls: [...byHash, `${root}/${file.path}`], ...hash(file) }, options);

    options.onProgress?.({ phase: 'index', what, done: 0 });
    const index = new PackageIndex();
    const raw = this.#platform.store.stream(key);
    const format = file.path.endsWith('.xz') ? 'xz' : file.path.endsWith('.gz') ? 'gzip' : undefined;
    const source = format ? decompress(format, raw, MAX_INDEX_BYTES) : raw;
    const prefix = 'Package: ';
    for await (const stanza of readStanzas(
      source,
      (line) => line.startsWith(prefix) && want(line.slice(prefix.length)),
    )) {
      index.add(parsePackage(stanza));
    }
    return index;
  }

  /**
   * Debian's keys from its keyring package, found through the index that is not yet trusted: only keys whose fingerprints
   * are known here are taken, so nothing else in that chain has to be believed.
   */
  async #keysFromMirror(signed: string, options: TransferOptions): Promise<ArchiveKey[]> {
    const { suite, fingerprints = DEBIAN_FINGERPRINTS } = this.#options;
    const body = /\n\r?\n([\s\S]*?)\n-----BEGIN PGP SIGNATURE-----/.exec(signed)?.[1] ?? '';
    const release = parseRelease(body, suite, this.#platform.now());
    const index = await this.#packages(release, (name) => name === KEYRING_PACKAGE, options);
    const entry = index.get({ name: KEYRING_PACKAGE });
    const key = `download/${KEYRING_PACKAGE}.deb`;
    await this.fetch(entry, key, options);
    const files: Uint8Array[] = [];
    for await (const file of readDeb(this.#platform.store.stream(key), 'data', ({ path }) =>
      /\/keyrings\/debian-archive-keyring\.(gpg|pgp)$/.test(path),
    )) {
      if (file.type === 'file' && !detectCompression(file.bytes)) files.push(file.bytes);
    }
    await this.#platform.store.remove(key);
    return knownKeys(await readKeyrings(files), fingerprints);
  }
}

function hash({ sha256, size }: { readonly sha256: string; readonly size: number }) {
  return { sha256, size };
}
