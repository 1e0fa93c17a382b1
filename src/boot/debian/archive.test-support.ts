// A tiny Debian archive, signed with a key made for the test and served from memory, and a platform to use it with.

import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import * as openpgp from 'openpgp';
import { HypercraftError } from '../../isa/error.js';
import { makeDeb } from '../archive/archive.test-support.js';
import type { FetchRequest, ImagePlatform, Store, StoreWriter } from './ports.js';

export const NOW = new Date('2026-06-01T12:00:00Z');
export const MIRROR = 'http://mirror.test/debian';
export const KERNEL_VERSION = '6.12.1+deb13-riscv64';

export interface TestKey {
  readonly privateKey: openpgp.PrivateKey;
  readonly publicKey: Uint8Array;
  readonly fingerprint: string;
}

export async function makeKey(): Promise<TestKey> {
  const date = new Date('2026-01-01T00:00:00Z');
  const made = await openpgp.generateKey({ userIDs: [{ name: 'Test' }], date, format: 'object' });
  return {
    privateKey: made.privateKey,
    publicKey: made.publicKey.write(),
    fingerprint: made.publicKey.getFingerprint().toLowerCase(),
  };
}

/** A Linux Image as far as the loader looks. */
export function testKernel(): Uint8Array {
  const bytes = new Uint8Array(4096);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, 0x5a4d, true);
  view.setUint32(0x38, 0x05435352, true);
  return bytes;
}

export interface TestArchiveOptions {
  readonly key: TestKey;
  /** Fields of the Release file to add or replace. */
  readonly release?: Readonly<Record<string, string>>;
  /** Packages beside the kernel and busybox. */
  readonly packages?: Readonly<Record<string, { readonly deb: Uint8Array; readonly depends?: string }>>;
}

/** The files of an archive by URL; change them to play an attacker. */
export async function makeArchive({
  key,
  release = {},
  packages = {},
}: TestArchiveOptions): Promise<Map<string, Uint8Array>> {
  const real = `linux-image-${KERNEL_VERSION}`;
  const all: Record<string, { deb: Uint8Array; depends?: string }> = {
    'linux-image-riscv64': { deb: makeDeb({}), depends: `${real} (= 1)` },
    [real]: { deb: makeDeb({ [`./boot/vmlinux-${KERNEL_VERSION}`]: testKernel() }), depends: 'kmod, linux-base' },
    'busybox-static': { deb: makeDeb({ './usr/bin/busybox': Buffer.from('busybox') }) },
    unrelated: { deb: makeDeb({}) },
    ...packages,
  };
  const files = new Map<string, Uint8Array>();
  const stanzas = Object.entries(all).map(([name, { deb, depends = '' }]) => {
    const path = `pool/main/${name}_1_riscv64.deb`;
    files.set(`${MIRROR}/${path}`, deb);
    const lines = [`Package: ${name}`, 'Version: 1', `Depends: ${depends}`, `Filename: ${path}`];
    return [...lines, `Size: ${deb.length}`, `SHA256: ${sha256(deb)}`, 'Description: a test', ' of packages', ''].join(
      '\n',
    );
  });
  const index = new Uint8Array(gzipSync(stanzas.join('\n')));
  const indexPath = 'main/binary-riscv64/Packages.gz';
  const fields = {
    Origin: 'Test',
    Suite: 'stable',
    Codename: 'trixie',
    Date: 'Mon, 01 Jun 2026 10:00:00 UTC',
    'Acquire-By-Hash': 'yes',
    ...release,
    SHA256: `\n ${sha256(index)} ${index.length} ${indexPath}`,
  };
  const text = Object.entries(fields)
    .map(([name, value]) => `${name}: ${value}`)
    .join('\n');
  const root = `${MIRROR}/dists/trixie`;
  files.set(`${root}/main/binary-riscv64/by-hash/SHA256/${sha256(index)}`, index);
  files.set(`${root}/${indexPath}`, index);
  files.set(`${root}/InRelease`, await sign(text, key));
  return files;
}

export async function sign(text: string, { privateKey }: TestKey): Promise<Uint8Array> {
  const message = await openpgp.createCleartextMessage({ text });
  const date = new Date('2026-06-01T10:00:00Z');
  return new TextEncoder().encode(await openpgp.sign({ message, signingKeys: privateKey, date }));
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** A platform whose network is `files`. `disturb` may answer a request in another way. */
export class TestPlatform implements ImagePlatform {
  readonly store = new MemoryStore();
  readonly requests: FetchRequest[] = [];
  readonly pauses: number[] = [];
  trusted: Uint8Array[] = [];
  known: string[] = [MIRROR];
  disturb?: (request: FetchRequest, count: number) => 'break' | 'refuse' | 'unavailable' | 'whole' | undefined;

  constructor(readonly files: Map<string, Uint8Array>) {}

  fetch = async (request: FetchRequest) => {
    this.requests.push(request);
    const url = decodeURIComponent(request.url);
    const trouble = this.disturb?.({ ...request, url }, this.requests.length);
    if (trouble === 'refuse') throw new Error('connection refused');
    const file = this.files.get(url);
    if (!file) return { status: 404, from: 0, body: [] as unknown as AsyncIterable<Uint8Array> };
    const from = trouble === 'whole' ? 0 : (request.from ?? 0);
    const status = trouble === 'unavailable' ? 503 : from > 0 ? 206 : 200;
    return { status, from, body: pieces(file.subarray(from), trouble === 'break') };
  };

  sha256 = () => {
    const hash = createHash('sha256');
    return { update: (bytes: Uint8Array) => void hash.update(bytes), hex: () => hash.digest('hex') };
  };

  now = () => NOW;
  sleep = async (milliseconds: number) => void this.pauses.push(milliseconds);
  mirrors = async () => this.known;
  keyrings = async () => this.trusted;
}

async function* pieces(bytes: Uint8Array, breaksOff: boolean): AsyncGenerator<Uint8Array> {
  const half = bytes.length >> 1;
  yield bytes.subarray(0, half);
  if (breaksOff) throw new Error('connection reset');
  yield bytes.subarray(half);
}

export class MemoryStore implements Store {
  readonly files = new Map<string, Uint8Array>();
  readonly locks = new Set<string>();
  identity: NonNullable<Store['identity']> = async () => undefined;

  size = async (key: string) => this.files.get(key)?.length;
  locate = (key: string) => `memory:${key}`;

  async read(key: string): Promise<Uint8Array> {
    const bytes = this.files.get(key);
    if (!bytes) throw new HypercraftError('STORE_MISSING', key);
    return bytes;
  }

  async *stream(key: string): AsyncGenerator<Uint8Array, void, void> {
    yield await this.read(key);
  }

  async write(key: string, bytes: Uint8Array): Promise<void> {
    this.files.set(key, bytes.slice());
  }

  async append(key: string, { empty }: { readonly empty: boolean }): Promise<StoreWriter> {
    if (empty || !this.files.has(key)) this.files.set(key, new Uint8Array(0));
    const write = async (bytes: Uint8Array) => {
      this.files.set(key, new Uint8Array(Buffer.concat([this.files.get(key)!, bytes])));
    };
    return { write, close: async () => {} };
  }

  async move(from: string, to: string): Promise<void> {
    this.files.set(to, await this.read(from));
    this.files.delete(from);
  }

  async remove(key: string): Promise<void> {
    for (const each of [...this.files.keys()]) if (each === key || each.startsWith(`${key}/`)) this.files.delete(each);
  }

  async lock(key: string): Promise<() => Promise<void>> {
    if (this.locks.has(key)) throw new HypercraftError('STORE_BUSY', key);
    this.locks.add(key);
    return async () => void this.locks.delete(key);
  }
}
