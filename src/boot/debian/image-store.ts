// Guest images in a cache: what is there, how it gets there, whether it is still whole. An image is a kernel and an
// initramfs made from packages of the Debian archive.

import { HypercraftError } from '../../isa/error.js';
import { readDeb } from '../archive/deb.js';
import type { BootFile } from '../boot-file.js';
import { readLinuxImageHeader } from '../image.js';
import { buildInitramfs, INITRAMFS_RECIPE, renewInitramfs } from '../initramfs.js';
import { isModulePath, type ModuleFile, selectModules } from '../modules.js';
import { unwrap } from '../unwrap.js';
import { DebianArchive } from './archive.js';
import { holds } from './download.js';
import type { Package } from './packages.js';
import type { ImagePlatform, TransferOptions } from './ports.js';

const MANIFEST_VERSION = 1;
const SUITE = 'trixie';
const ARCHITECTURE = 'riscv64';
const KERNEL_PACKAGE = 'linux-image-riscv64';
const BUSYBOX_PACKAGE = 'busybox-static';
const KERNEL_PART = /^linux-(image|binary|modules)-/;
/** Drivers of devices a guest may be given, and KVM for a guest that has the hypervisor extension. */
export const DEFAULT_MODULES: readonly string[] = ['virtio_mmio', 'virtio_blk', 'virtio_net', 'kvm'];

/** Images that can be pulled. */
export const IMAGE_NAMES = ['debian'] as const;
/** The name of an image that can be pulled. */
export type ImageName = (typeof IMAGE_NAMES)[number];

/** A file of an image, and how it is checked. */
export interface StoredFile {
  readonly key: string;
  readonly sha256: string;
  readonly size: number;
}

/** What is recorded of an image, beside its files. */
export interface ImageManifest {
  readonly version: number;
  readonly name: ImageName;
  readonly kernelVersion: string;
  readonly packages: readonly string[];
  readonly modules: readonly string[];
  readonly recipe: number;
  /** When it was pulled, ISO 8601. */
  readonly pulled: string;
  readonly kernel: StoredFile;
  readonly initramfs: StoredFile;
}

/** An image ready to boot. */
export interface GuestImage {
  /** What it is called. */
  readonly name: ImageName;
  /** As `uname -r` says. */
  readonly kernelVersion: string;
  /** Where the uncompressed Linux Image lies. */
  readonly kernelPath: string;
  /** Where the initramfs lies. */
  readonly initramfsPath: string;
  /** Bytes of both files. */
  readonly size: number;
  /** The Debian packages it was made of, with their versions. */
  readonly packages: readonly string[];
  /** When it was pulled, ISO 8601. */
  readonly pulled: string;
  /** The kernel, an uncompressed Linux Image. */
  readKernel(): Promise<Uint8Array>;
  /** The initramfs, a cpio archive. */
  readInitramfs(): Promise<Uint8Array>;
  /** What boots with the fewest copies: files that are read by the piece, where there are such. */
  open(): Promise<{ readonly kernel: Uint8Array | BootFile; readonly initrd: Uint8Array | BootFile }>;
}

/** An image, and whether it is in the cache. */
export interface ImageStatus {
  /** What it is called. */
  readonly name: ImageName;
  /** Missing where the image has not been pulled. */
  readonly image?: GuestImage;
}

/** What became of checking one file of an image. */
export interface ImageCheck {
  /** The image. */
  readonly name: ImageName;
  /** Which of its files. */
  readonly file: 'kernel' | 'initramfs';
  /** Where that lies. */
  readonly path: string;
  /** Whether it is there and has the digest recorded when it was pulled. */
  readonly ok: boolean;
}

/** Options of pulling an image. */
export interface PullOptions extends TransferOptions {
  /** Root of a Debian mirror; the system's own where missing. */
  readonly mirror?: string;
  /** Kernel modules for the initramfs; what they depend on comes along. */
  readonly modules?: readonly string[];
  /** Asks the archive for a newer version even where the image is there. */
  readonly refresh?: boolean;
  /** Fingerprints accepted instead of Debian's, for archives of one's own. */
  readonly fingerprints?: ReadonlySet<string>;
}

/** The guest images in the cache: listed, pulled, verified, removed. */
export class ImageStore {
  readonly #platform: ImagePlatform;

  constructor(platform: ImagePlatform) {
    this.#platform = platform;
  }

  /** Every image there is, pulled or not. Checks no contents; see {@link verify}. */
  async list(): Promise<ImageStatus[]> {
    const all: ImageStatus[] = [];
    for (const name of IMAGE_NAMES) {
      const manifest = await this.#manifest(name);
      all.push(manifest ? { name, image: this.#image(manifest) } : { name });
    }
    return all;
  }

  /** The image called `name`, if it is there and whole, which is looked at again only if it was written to since. Needs no network. */
  async get(name: string): Promise<GuestImage | undefined> {
    const manifest = await this.#manifest(checkName(name));
    if (!manifest || manifest.recipe !== INITRAMFS_RECIPE) return undefined;
    return (await this.#areWhole(manifest)) ? this.#image(manifest) : undefined;
  }

  /**
   * Have the files the hashes recorded of them? To find out takes as long as much of a boot, so what they were when they last had is kept beside them.
   */
  async #areWhole({ name, kernel, initramfs }: ImageManifest): Promise<boolean> {
    const { store } = this.#platform;
    const files = [kernel, initramfs];
    // Before they are read.
    const now = await Promise.all(files.map(({ key }) => store.identity?.(key)));
    const checked: unknown = await this.#json(checkedKey(name));
    const known = (sha256: string) => (checked as Record<string, unknown> | undefined)?.[sha256];
    if (files.every(({ sha256 }, i) => now[i] !== undefined && now[i] === known(sha256))) return true;
    for (const file of files) if (!(await holds(this.#platform, file.key, file))) return false;
    if (now.every((identity) => identity !== undefined)) {
      const record = Object.fromEntries(files.map(({ sha256 }, i) => [sha256, now[i]]));
      // Where nothing can be kept they are looked at each time.
      await store.write(checkedKey(name), new TextEncoder().encode(JSON.stringify(record))).catch(() => {});
    }
    return true;
  }

  /** What a file says, undefined if nothing. */
  async #json(key: string): Promise<unknown> {
    try {
      if ((await this.#platform.store.size(key)) === undefined) return undefined;
      return JSON.parse(new TextDecoder().decode(await this.#platform.store.read(key)));
    } catch {
      return undefined;
    }
  }

  /**
   * Makes sure the image called `name` is there: from the cache where it is whole, else from the Debian archive.
   *
   * @throws HypercraftError `IMAGE_UNKNOWN`, `IMAGE_FORMAT` (the packages hold no kernel or busybox), `STORE_BUSY`, and what
   * the archive, the downloads and the unpacking throw.
   */
  async pull(name: string, options: PullOptions = {}): Promise<GuestImage> {
    const wanted = checkName(name);
    const present = options.refresh ? undefined : await this.#present(wanted, options);
    if (present) return present;
    const unlock = await this.#platform.store.lock(`images/${wanted}`);
    try {
      const meanwhile = options.refresh ? undefined : await this.#present(wanted, options);
      return meanwhile ?? (await this.#pull(wanted, options));
    } finally {
      await unlock();
    }
  }

  /** Compares every pulled file (of image `name`, or of all) with the hash recorded when it was made. */
  async verify(name?: string): Promise<ImageCheck[]> {
    const checks: ImageCheck[] = [];
    for (const each of name === undefined ? IMAGE_NAMES : [checkName(name)]) {
      const manifest = await this.#manifest(each);
      if (!manifest) continue;
      for (const file of ['kernel', 'initramfs'] as const) {
        const stored = manifest[file];
        const ok = await holds(this.#platform, stored.key, stored);
        checks.push({ name: each, file, path: this.#platform.store.locate(stored.key), ok });
      }
    }
    return checks;
  }

  /** Removes an image and whatever an unfinished download left. Returns whether there was one. */
  async rm(name: string): Promise<boolean> {
    const wanted = checkName(name);
    const had = (await this.#manifest(wanted)) !== undefined;
    // The manifest goes first: an image half removed must not look whole.
    await this.#platform.store.remove(manifestKey(wanted));
    for (const key of [`images/${wanted}`, 'download', 'index']) await this.#platform.store.remove(key);
    return had;
  }

  async #present(name: ImageName, options: PullOptions): Promise<GuestImage | undefined> {
    const manifest = await this.#manifest(name);
    if (!manifest) return undefined;
    const modules = options.modules ?? DEFAULT_MODULES;
    if (modules.join() !== manifest.modules.join()) return undefined;
    if (manifest.recipe !== INITRAMFS_RECIPE) await this.#renew(manifest);
    return this.get(name);
  }

  /** Brings an initramfs of an older recipe up to date without downloading its parts again. */
  async #renew(manifest: ImageManifest): Promise<void> {
    const { store } = this.#platform;
    if (!(await holds(this.#platform, manifest.initramfs.key, manifest.initramfs))) return;
    const archive = renewInitramfs(await store.read(manifest.initramfs.key));
    const initramfs = await this.#put(manifest.initramfs.key.replace(/[^/]*$/, initramfsFile()), archive);
    await this.#record({ ...manifest, initramfs, recipe: INITRAMFS_RECIPE });
  }

  async #pull(name: ImageName, options: PullOptions): Promise<GuestImage> {
    const { store } = this.#platform;
    const archive = new DebianArchive(this.#platform, {
      suite: SUITE,
      architecture: ARCHITECTURE,
      ...(options.mirror !== undefined && { mirror: options.mirror }),
      ...(options.fingerprints && { fingerprints: options.fingerprints }),
    });
    const index = await archive.index((each) => each === BUSYBOX_PACKAGE || KERNEL_PART.test(each), options);
    const packages = [
      ...index.closure(KERNEL_PACKAGE, (each) => KERNEL_PART.test(each)),
      index.get({ name: BUSYBOX_PACKAGE }),
    ];

    const parts = new PackageParts();
    for (const entry of packages) {
      const key = `download/${entry.sha256}.deb`;
      await archive.fetch(entry, key, options);
      await parts.unpack(entry, this.#watched(key, entry, options));
    }
    options.onProgress?.({ phase: 'build', what: 'initramfs', done: 0 });
    const { kernel, kernelVersion, busybox } = await parts.complete();
    const chosen = options.modules ?? DEFAULT_MODULES;
    const modules = await selectModules(chosen, parts.modules, parts.modulesDep);
    const folder = `images/${name}/${kernelVersion}`;
    await store.remove(manifestKey(name));
    const manifest: ImageManifest = {
      version: MANIFEST_VERSION,
      name,
      kernelVersion,
      packages: packages.map((entry) => `${entry.name} ${entry.version}`),
      modules: chosen,
      recipe: INITRAMFS_RECIPE,
      pulled: this.#platform.now().toISOString(),
      kernel: await this.#put(`${folder}/Image`, kernel),
      initramfs: await this.#put(`${folder}/${initramfsFile()}`, buildInitramfs({ busybox, kernelVersion, modules })),
    };
    await this.#record(manifest);
    for (const key of ['download', 'index']) await store.remove(key);
    return this.#image(manifest);
  }

  /** A downloaded package as a stream that reports how far its unpacking is. */
  async *#watched(key: string, entry: Package, options: PullOptions): AsyncGenerator<Uint8Array, void, void> {
    let done = 0;
    for await (const piece of this.#platform.store.stream(key)) {
      if (options.signal?.aborted) throw new HypercraftError('ABORTED', `${entry.name}: cancelled`);
      done += piece.length;
      options.onProgress?.({ phase: 'unpack', what: `${entry.name} ${entry.version}`, done, total: entry.size });
      yield piece;
    }
  }

  async #put(key: string, bytes: Uint8Array): Promise<StoredFile> {
    const hasher = this.#platform.sha256();
    hasher.update(bytes);
    await this.#platform.store.write(key, bytes);
    return { key, sha256: hasher.hex(), size: bytes.length };
  }

  async #record(manifest: ImageManifest): Promise<void> {
    const text = `${JSON.stringify(manifest, undefined, 2)}\n`;
    await this.#platform.store.write(manifestKey(manifest.name), new TextEncoder().encode(text));
  }

  async #manifest(name: ImageName): Promise<ImageManifest | undefined> {
    const manifest = (await this.#json(manifestKey(name))) as ImageManifest | null | undefined;
    // One that is broken is as good as none: it is written again by the next pull.
    if (manifest === undefined || manifest === null) return undefined;
    const inside = [manifest.kernel, manifest.initramfs].every((file) => isStoredFile(file, name));
    return manifest.version === MANIFEST_VERSION && manifest.name === name && inside ? manifest : undefined;
  }

  #image(manifest: ImageManifest): GuestImage {
    const { store } = this.#platform;
    const { name, kernelVersion, packages, pulled, kernel, initramfs } = manifest;
    return {
      name,
      kernelVersion,
      packages,
      pulled,
      kernelPath: store.locate(kernel.key),
      initramfsPath: store.locate(initramfs.key),
      size: kernel.size + initramfs.size,
      readKernel: () => store.read(kernel.key),
      readInitramfs: () => store.read(initramfs.key),
      open: async () => {
        const openOrRead = (key: string) => store.open?.(key) ?? store.read(key);
        return { kernel: await openOrRead(kernel.key), initrd: await openOrRead(initramfs.key) };
      },
    };
  }
}

/** What the packages of an image bring, gathered while they are unpacked. */
class PackageParts {
  readonly modules: ModuleFile[] = [];
  modulesDep: string | undefined;
  #kernel: Uint8Array | undefined;
  #kernelVersion = '';
  #busybox: Uint8Array | undefined;

  async unpack(entry: Package, source: AsyncIterable<Uint8Array>): Promise<void> {
    const isKernel = (path: string) => /^boot\/vmlinu[xz]-[^/]+$/.test(path);
    const isBusybox = (path: string) => entry.name === BUSYBOX_PACKAGE && /^(usr\/)?bin\/busybox$/.test(path);
    const modulesBelow = /^(?:usr\/)?lib\/modules\/[^/]+\//;
    const files = readDeb(source, 'data', ({ path, type }) => {
      if (type !== 'file') return false;
      const inModules = modulesBelow.test(path) && (isModulePath(path) || path.endsWith('/modules.dep'));
      return inModules || isKernel(path) || isBusybox(path);
    });
    for await (const { path, bytes } of files) {
      if (isKernel(path)) {
        this.#kernel = bytes;
        this.#kernelVersion = path.replace(/^boot\/vmlinu[xz]-/, '');
      } else if (isBusybox(path)) this.#busybox = bytes;
      else if (path.endsWith('/modules.dep')) this.modulesDep = new TextDecoder().decode(bytes);
      else this.modules.push({ path: path.replace(modulesBelow, ''), bytes });
    }
  }

  /** After all packages: decompressors do not nest, so the kernel is unwrapped only here. */
  async complete(): Promise<{ kernel: Uint8Array; kernelVersion: string; busybox: Uint8Array }> {
    const kernel = this.#kernel && (await unwrap(this.#kernel)).bytes;
    const busybox = this.#busybox;
    if (!kernel || !busybox) {
      throw new HypercraftError('IMAGE_FORMAT', `the packages hold no ${kernel ? 'busybox' : 'kernel'}`);
    }
    if (!readLinuxImageHeader(kernel)) throw new HypercraftError('IMAGE_FORMAT', 'the kernel is no Linux Image');
    return { kernel, kernelVersion: this.#kernelVersion, busybox };
  }
}

/** Another name for another recipe, so that a boot in progress keeps the file it has opened. */
function initramfsFile(): string {
  return `initramfs-${INITRAMFS_RECIPE}.cpio`;
}

function manifestKey(name: ImageName): string {
  return `images/${name}/manifest.json`;
}

function checkedKey(name: ImageName): string {
  return `images/${name}/checked.json`;
}

function isStoredFile(file: StoredFile | null | undefined, name: ImageName): boolean {
  return typeof file?.key === 'string' && file.key.startsWith(`images/${name}/`) && !file.key.includes('..');
}

function checkName(name: string): ImageName {
  const known = IMAGE_NAMES.find((each) => each === name);
  if (known) return known;
  throw new HypercraftError('IMAGE_UNKNOWN', `no image '${name}'; there is: ${IMAGE_NAMES.join(', ')}`);
}
