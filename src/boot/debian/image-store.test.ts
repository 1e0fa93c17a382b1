// Pulling an image from a signed archive in memory: what is trusted, what is refused, and how broken networks are borne.
import { beforeAll, describe, expect, it } from 'vitest';
import { makeDeb } from '../archive/archive.test-support.js';
import { readCpio } from '../archive/cpio.js';
import {
  KERNEL_VERSION,
  MIRROR,
  makeArchive,
  makeKey,
  sign,
  type TestArchiveOptions,
  type TestKey,
  TestPlatform,
  testKernel,
} from './archive.test-support.js';
import { ImageStore } from './image-store.js';

const IN_RELEASE = `${MIRROR}/dists/trixie/InRelease`;
const KERNEL_DEB = `${MIRROR}/pool/main/linux-image-${KERNEL_VERSION}_1_riscv64.deb`;
const NO_MODULES = { modules: [] };

let key: TestKey;
let stranger: TestKey;

beforeAll(async () => {
  [key, stranger] = await Promise.all([makeKey(), makeKey()]);
});

async function setUp(options: Partial<TestArchiveOptions> = {}) {
  const platform = new TestPlatform(await makeArchive({ key, ...options }));
  platform.trusted = [key.publicKey];
  return { platform, images: new ImageStore(platform) };
}

describe('ImageStore.pull', () => {
  it('signedArchive_givesKernelAndInitramfs', async () => {
    const { images, platform } = await setUp();
    const phases = new Set<string>();
    const image = await images.pull('debian', { ...NO_MODULES, onProgress: ({ phase }) => phases.add(phase) });
    expect(image.kernelVersion).toBe(KERNEL_VERSION);
    expect(await image.readKernel()).toEqual(testKernel());
    expect(readCpio(await image.readInitramfs()).map(({ path }) => path)).toContain('init');
    expect(image.packages).toEqual(['linux-image-riscv64 1', `linux-image-${KERNEL_VERSION} 1`, 'busybox-static 1']);
    expect([...phases]).toEqual(['index', 'download', 'unpack', 'build']);
    expect([...platform.store.files.keys()].filter((name) => !name.startsWith('images/'))).toEqual([]);
  });

  it('secondTime_needsNoNetwork', async () => {
    const { images, platform } = await setUp();
    const first = await images.pull('debian', NO_MODULES);
    platform.files.clear();
    expect((await images.pull('debian', NO_MODULES)).kernelPath).toBe(first.kernelPath);
  });

  it('damagedCache_isPulledAgain', async () => {
    const { images, platform } = await setUp();
    const { kernelPath } = await images.pull('debian', NO_MODULES);
    const damaged = testKernel().fill(1, 100, 101);
    platform.store.files.set(kernelPath.replace('memory:', ''), damaged);
    expect(await images.get('debian')).toBeUndefined();
    expect((await images.verify()).map(({ file, ok }) => [file, ok])).toEqual([
      ['kernel', false],
      ['initramfs', true],
    ]);
    expect(await (await images.pull('debian', NO_MODULES)).readKernel()).toEqual(testKernel());
  });

  it('imageThatWasWhole_isReadAgainOnlyAfterItWasWrittenTo', async () => {
    const { images, platform } = await setUp();
    const { kernelPath, initramfsPath } = await images.pull('debian', NO_MODULES);
    const { files } = platform.store;
    const [kernel, initramfs] = [kernelPath, initramfsPath].map((path) => path.replace('memory:', '')) as [
      string,
      string,
    ];
    const numbers = new WeakMap<Uint8Array, number>();
    let last = 0;
    let settled = false;
    platform.store.identity = async (key) => {
      const bytes = files.get(key);
      if (!settled || bytes === undefined) return undefined;
      if (!numbers.has(bytes)) numbers.set(bytes, ++last);
      return `${numbers.get(bytes)}`;
    };
    let hashed = 0;
    const { sha256 } = platform;
    platform.sha256 = () => {
      hashed++;
      return sha256();
    };
    const looks = async () => {
      const before = hashed;
      return [(await images.get('debian')) !== undefined, hashed - before];
    };
    expect(await looks()).toEqual([true, 2]);
    expect(await looks()).toEqual([true, 2]);
    settled = true;
    expect(await looks()).toEqual([true, 2]);
    expect(await looks()).toEqual([true, 0]);
    files.set(initramfs, files.get(initramfs)!.slice());
    expect(await looks()).toEqual([true, 2]);
    expect(await looks()).toEqual([true, 0]);
    files.set('images/debian/checked.json', new TextEncoder().encode('[null'));
    expect(await looks()).toEqual([true, 2]);
    files.set(kernel, testKernel().fill(1, 100, 101));
    expect(await looks()).toEqual([false, 1]);
    expect(await looks()).toEqual([false, 1]);
    expect((await images.verify())[0]).toMatchObject({ file: 'kernel', ok: false });
  });

  it('initramfsOfAnOlderRecipe_isRenewedWithoutTheNetwork', async () => {
    const { images, platform } = await setUp();
    await images.pull('debian', NO_MODULES);
    const manifest = JSON.parse(Buffer.from(await platform.store.read('images/debian/manifest.json')).toString());
    await platform.store.write('images/debian/manifest.json', Buffer.from(JSON.stringify({ ...manifest, recipe: 0 })));
    platform.files.clear();
    expect(await images.get('debian')).toBeUndefined();
    expect((await images.pull('debian', NO_MODULES)).kernelVersion).toBe(KERNEL_VERSION);
  });

  it('kernelInSeveralPackages_isPutTogether', async () => {
    const real = `linux-image-${KERNEL_VERSION}`;
    const { images } = await setUp({
      packages: {
        [real]: { deb: makeDeb({}), depends: `linux-base, linux-binary-${KERNEL_VERSION}` },
        [`linux-binary-${KERNEL_VERSION}`]: { deb: makeDeb({ [`boot/vmlinuz-${KERNEL_VERSION}`]: testKernel() }) },
      },
    });
    expect((await images.pull('debian', NO_MODULES)).kernelVersion).toBe(KERNEL_VERSION);
  });

  it('systemWithoutAKeyring_takesKnownKeysFromTheKeyringPackage', async () => {
    const deb = makeDeb({ './usr/share/keyrings/debian-archive-keyring.gpg': key.publicKey });
    const { images, platform } = await setUp({ packages: { 'debian-archive-keyring': { deb } } });
    platform.trusted = [];
    const fingerprints = new Set([key.fingerprint]);
    expect((await images.pull('debian', { ...NO_MODULES, fingerprints })).name).toBe('debian');
  });

  it('keyringPackageWithUnknownKeys_isNotBelieved', async () => {
    const deb = makeDeb({ './usr/share/keyrings/debian-archive-keyring.gpg': key.publicKey });
    const { images, platform } = await setUp({ packages: { 'debian-archive-keyring': { deb } } });
    platform.trusted = [];
    await expect(images.pull('debian', NO_MODULES)).rejects.toMatchObject({ code: 'ARCHIVE_SIGNATURE' });
  });

  it('releaseSignedByAStranger_isRefused', async () => {
    const { images, platform } = await setUp({ key: stranger });
    await expect(images.pull('debian', NO_MODULES)).rejects.toMatchObject({ code: 'ARCHIVE_SIGNATURE' });
    expect(platform.requests.some(({ url }) => url.includes('pool'))).toBe(false);
  });

  it('releaseChangedAfterSigning_isRefused', async () => {
    const { images, platform } = await setUp();
    const text = Buffer.from(platform.files.get(IN_RELEASE)!).toString().replace('Origin: Test', 'Origin: Evil');
    platform.files.set(IN_RELEASE, Buffer.from(text));
    await expect(images.pull('debian', NO_MODULES)).rejects.toMatchObject({ code: 'ARCHIVE_SIGNATURE' });
  });

  it.each([
    ['of another suite', { Codename: 'sid', Suite: 'unstable' }, 'ARCHIVE_RELEASE'],
    ['from the future', { Date: 'Mon, 01 Jun 2027 10:00:00 UTC' }, 'ARCHIVE_DATE'],
    ['past its validity', { 'Valid-Until': 'Mon, 25 May 2026 10:00:00 UTC' }, 'ARCHIVE_DATE'],
    ['with a validity that is no date', { 'Valid-Until': 'soon' }, 'ARCHIVE_DATE'],
    ['without a date', { Date: '' }, 'ARCHIVE_RELEASE'],
  ])('release_%s_isRefused', async (_, release, code) => {
    const { images } = await setUp({ release });
    await expect(images.pull('debian', NO_MODULES)).rejects.toMatchObject({ name: 'HypercraftError', code });
  });

  it('signedTextThatIsNoRelease_isRefused', async () => {
    const { images, platform } = await setUp();
    platform.files.set(IN_RELEASE, await sign('hello', key));
    await expect(images.pull('debian', NO_MODULES)).rejects.toMatchObject({ code: 'ARCHIVE_RELEASE' });
  });

  it('packageChangedOnTheMirror_isRefusedAndLeavesNothing', async () => {
    const { images, platform } = await setUp();
    platform.files.set(KERNEL_DEB, platform.files.get(KERNEL_DEB)!.slice().fill(1, 200, 210));
    await expect(images.pull('debian', NO_MODULES)).rejects.toMatchObject({ code: 'DOWNLOAD_CORRUPT' });
    expect((await images.list())[0]!.image).toBeUndefined();
    expect([...platform.store.files.keys()].filter((name) => name.endsWith('.part'))).toEqual([]);
    expect(platform.store.locks.size).toBe(0);
  });

  it('packageLongerThanTheIndexSays_isRefused', async () => {
    const { images, platform } = await setUp();
    platform.files.set(KERNEL_DEB, Buffer.concat([platform.files.get(KERNEL_DEB)!, Buffer.alloc(1)]));
    await expect(images.pull('debian', NO_MODULES)).rejects.toMatchObject({ code: 'DOWNLOAD_CORRUPT' });
  });

  it('connectionsThatBreak_areResumed', async () => {
    const { images, platform } = await setUp();
    platform.disturb = ({ url }, count) => (url.endsWith('.deb') && count % 2 ? 'break' : undefined);
    await images.pull('debian', NO_MODULES);
    expect(platform.requests.some(({ from }) => (from ?? 0) > 0)).toBe(true);
    expect(platform.pauses.length).toBeGreaterThan(0);
  });

  it('mirrorThatCannotResume_startsAgain', async () => {
    const { images, platform } = await setUp();
    platform.disturb = ({ url, from }) => (url !== KERNEL_DEB ? undefined : from ? 'whole' : 'break');
    expect((await images.pull('debian', NO_MODULES)).kernelVersion).toBe(KERNEL_VERSION);
    expect(platform.pauses).toEqual([500]);
  });

  it.each(['refuse', 'unavailable'] as const)('network_%s_isATypedErrorAfterGrowingPauses', async (trouble) => {
    const { images, platform } = await setUp();
    platform.disturb = () => trouble;
    await expect(images.pull('debian', NO_MODULES)).rejects.toMatchObject({ code: 'DOWNLOAD_FAILED' });
    expect(platform.pauses).toEqual([500, 1000]);
  });

  it('packageThatNeverComes_isATypedErrorAfterMorePatience', async () => {
    const { images, platform } = await setUp();
    platform.disturb = ({ url }) => (url === KERNEL_DEB ? 'refuse' : undefined);
    await expect(images.pull('debian', NO_MODULES)).rejects.toMatchObject({ code: 'DOWNLOAD_FAILED' });
    expect(platform.pauses).toEqual([500, 1000, 2000, 4000]);
  });

  it('secondMirror_isTriedWhereTheFirstHasNothing', async () => {
    const { images, platform } = await setUp();
    platform.known = ['http://other.test/debian', MIRROR];
    expect((await images.pull('debian', NO_MODULES)).name).toBe('debian');
  });

  it('noMirror_isATypedErrorThatSaysWhatToDo', async () => {
    const { images, platform } = await setUp();
    platform.known = [];
    await expect(images.pull('debian', NO_MODULES)).rejects.toMatchObject({ code: 'ARCHIVE_MIRROR' });
    await expect(images.pull('debian', NO_MODULES)).rejects.toThrow('HYPERCRAFT_MIRROR');
    expect((await images.pull('debian', { ...NO_MODULES, mirror: `${MIRROR}/` })).name).toBe('debian');
  });

  it('archiveWithoutTheKernel_isATypedError', async () => {
    const { images } = await setUp({
      packages: { 'linux-image-riscv64': { deb: makeDeb({}), depends: 'linux-image-9' } },
    });
    await expect(images.pull('debian', NO_MODULES)).rejects.toThrow("the archive has no package 'linux-image-9'");
  });

  it('packagesWithoutAKernel_areATypedError', async () => {
    const { images } = await setUp({ packages: { 'linux-image-riscv64': { deb: makeDeb({}) } } });
    await expect(images.pull('debian', NO_MODULES)).rejects.toMatchObject({ code: 'IMAGE_FORMAT' });
  });

  it('cancelledPull_isATypedErrorAndCanGoOnLater', async () => {
    const { images, platform } = await setUp();
    const cancel = new AbortController();
    const onProgress = ({ phase }: { phase: string }) => phase === 'unpack' && cancel.abort();
    const pull = images.pull('debian', { ...NO_MODULES, signal: cancel.signal, onProgress });
    await expect(pull).rejects.toMatchObject({ code: 'ABORTED' });
    expect(platform.store.locks.size).toBe(0);
    expect((await images.pull('debian', NO_MODULES)).name).toBe('debian');
  });

  it('unknownName_isATypedError', async () => {
    const { images } = await setUp();
    await expect(images.pull('../etc')).rejects.toMatchObject({ code: 'IMAGE_UNKNOWN' });
  });
});

describe('ImageStore.list and rm', () => {
  it('image_isListedUntilItIsRemoved', async () => {
    const { images, platform } = await setUp();
    expect(await images.list()).toEqual([{ name: 'debian' }]);
    expect(await images.rm('debian')).toBe(false);
    await images.pull('debian', NO_MODULES);
    expect((await images.list())[0]!.image!.kernelVersion).toBe(KERNEL_VERSION);
    expect(await images.rm('debian')).toBe(true);
    expect(await images.list()).toEqual([{ name: 'debian' }]);
    expect(platform.store.files.size).toBe(0);
  });

  it('brokenManifest_countsAsNoImage', async () => {
    const { images, platform } = await setUp();
    for (const text of [
      '',
      '{',
      '{}',
      'null',
      '{"version":1,"name":"debian","kernel":{"key":"images/debian/../../x"}}',
    ]) {
      await platform.store.write('images/debian/manifest.json', Buffer.from(text));
      expect(await images.get('debian'), text).toBeUndefined();
    }
  });
});
