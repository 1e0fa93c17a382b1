// The initramfs: what is in it, in which order, and which modules come along.
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { readCpio, S_IFDIR, S_IFLNK, S_IFMT, S_IFREG } from './archive/cpio.js';
import { buildInitramfs, INIT_SCRIPT, renewInitramfs } from './initramfs.js';
import { formatModulesDep, type ModuleFile, moduleName, parseModulesDep, selectModules } from './modules.js';

const BUSYBOX = new TextEncoder().encode('busybox');

/** A relocatable file with nothing but a `.modinfo` section. */
function makeModule(depends: string): Uint8Array {
  const info = Buffer.from(`license=GPL\0depends=${depends}\0name=test\0`);
  const names = Buffer.from('\0.modinfo\0.shstrtab\0');
  const tableAt = 64 + info.length + names.length;
  const bytes = Buffer.alloc(tableAt + 3 * 64);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  bytes.writeBigUInt64LE(BigInt(tableAt), 40);
  bytes.writeUInt16LE(64, 58);
  bytes.writeUInt16LE(3, 60);
  bytes.writeUInt16LE(2, 62);
  info.copy(bytes, 64);
  names.copy(bytes, 64 + info.length);
  const section = (index: number, name: number, offset: number, size: number) => {
    bytes.writeUInt32LE(name, tableAt + index * 64);
    bytes.writeBigUInt64LE(BigInt(offset), tableAt + index * 64 + 24);
    bytes.writeBigUInt64LE(BigInt(size), tableAt + index * 64 + 32);
  };
  section(1, 1, 64, info.length);
  section(2, 10, 64 + info.length, names.length);
  return new Uint8Array(bytes);
}

const MODULES: ModuleFile[] = [
  { path: 'kernel/net/virtio-net.ko.gz', bytes: new Uint8Array(gzipSync(makeModule('net_failover'))) },
  { path: 'kernel/net/net_failover.ko', bytes: makeModule('failover') },
  { path: 'kernel/net/failover.ko', bytes: makeModule('') },
  { path: 'kernel/other.ko', bytes: makeModule('failover,missing') },
];

describe('selectModules', () => {
  it('chosenModule_bringsItsDependenciesFirst_unpacked', async () => {
    const modules = await selectModules(['virtio-net'], MODULES);
    expect(modules.map(({ name }) => name)).toEqual(['failover', 'net_failover', 'virtio_net']);
    expect(modules[2]!.path).toBe('kernel/net/virtio-net.ko');
    expect(modules[2]!.bytes).toEqual(makeModule('net_failover'));
    expect(formatModulesDep(modules)).toBe(
      'kernel/net/failover.ko:\n' +
        'kernel/net/net_failover.ko: kernel/net/failover.ko\n' +
        'kernel/net/virtio-net.ko: kernel/net/net_failover.ko kernel/net/failover.ko\n',
    );
  });

  it('modulesDep_isBelievedWhereThereIsOne', async () => {
    const text = 'kernel/net/virtio-net.ko.gz: kernel/net/failover.ko\nkernel/net/failover.ko:\n';
    expect(parseModulesDep(text).get('virtio_net')).toEqual(['failover']);
    const modules = await selectModules(['virtio_net'], MODULES, text);
    expect(modules.map(({ name }) => name)).toEqual(['failover', 'virtio_net']);
  });

  it('modulesThatNeedEachOther_endTheSearchAllTheSame', async () => {
    const pair = [
      { path: 'a.ko', bytes: makeModule('b') },
      { path: 'b.ko', bytes: makeModule('a') },
    ];
    expect((await selectModules(['a'], pair)).map(({ name }) => name)).toEqual(['b', 'a']);
  });

  it('missingOrBrokenModules_areTypedErrors', async () => {
    await expect(selectModules(['nope'], MODULES)).rejects.toMatchObject({ code: 'MODULE_NOT_FOUND' });
    await expect(selectModules(['other'], MODULES)).rejects.toThrow("no kernel module 'missing' (needed by other)");
    const broken = [{ path: 'broken.ko', bytes: new Uint8Array(10) }];
    await expect(selectModules(['broken'], broken)).rejects.toMatchObject({ code: 'MODULE_CORRUPT' });
  });

  it('moduleName_knowsNoSuffixAndNoDash', () => {
    expect(moduleName('kernel/a/snd-hda.ko.xz')).toBe('snd_hda');
  });
});

describe('buildInitramfs', () => {
  it('directories_comeBeforeWhatIsInThem', async () => {
    const modules = await selectModules(['virtio_net'], MODULES);
    const entries = readCpio(buildInitramfs({ busybox: BUSYBOX, kernelVersion: '6.1', modules }));
    const seen = new Set(['']);
    for (const { path, mode } of entries) {
      expect(seen.has(path.slice(0, Math.max(0, path.lastIndexOf('/')))), path).toBe(true);
      if ((mode & S_IFMT) === S_IFDIR) seen.add(path);
    }
    expect(new Set(entries.map(({ path }) => path)).size).toBe(entries.length);
  });

  it('contents_areWhatAGuestNeedsToStart', async () => {
    const modules = await selectModules(['virtio_net'], MODULES);
    const entries = readCpio(buildInitramfs({ busybox: BUSYBOX, kernelVersion: '6.1', modules }));
    const find = (path: string) => entries.find((entry) => entry.path === path);
    expect(find('init')!.mode).toBe(S_IFREG | 0o755);
    expect(new TextDecoder().decode(find('init')!.data)).toBe(INIT_SCRIPT);
    expect(find('dev/console')!.device).toEqual({ major: 5, minor: 1 });
    expect(find('dev/ttyS0')!.device).toEqual({ major: 4, minor: 64 });
    expect(find('bin/sh')!.mode & S_IFMT).toBe(S_IFLNK);
    expect(new TextDecoder().decode(find('sbin/poweroff')!.data)).toBe('/bin/busybox');
    expect(find('lib/modules/6.1/kernel/net/virtio-net.ko')!.data).toEqual(makeModule('net_failover'));
    expect(find('lib/modules/6.1/modules.dep')).toBeDefined();
  });

  it('sameParts_giveTheSameBytes', () => {
    expect(buildInitramfs({ busybox: BUSYBOX })).toEqual(buildInitramfs({ busybox: BUSYBOX }));
  });

  it('ownInitAndFiles_takeTheirPlaces', () => {
    const file = { path: 'opt/a/b', mode: S_IFREG | 0o644, data: BUSYBOX };
    const entries = readCpio(buildInitramfs({ busybox: BUSYBOX, init: '#!/bin/sh\n', files: [file] }));
    const find = (path: string) => entries.find((entry) => entry.path === path);
    expect(find('opt/a')!.mode & S_IFMT).toBe(S_IFDIR);
    expect(new TextDecoder().decode(find('init')!.data)).toBe('#!/bin/sh\n');
  });
});

describe('renewInitramfs', () => {
  it('oldArchive_getsThePresentInitAndKeepsItsModules', async () => {
    const modules = await selectModules(['virtio_net'], MODULES);
    const parts = { busybox: BUSYBOX, kernelVersion: '6.1', modules };
    const renewed = renewInitramfs(buildInitramfs({ ...parts, init: '#!/bin/sh\n# old\n' }));
    const sorted = (archive: Uint8Array) =>
      readCpio(archive)
        .map(({ path, mode, data }) => [path, mode, Buffer.from(data!).toString('base64')])
        .sort();
    expect(sorted(renewed)).toEqual(sorted(buildInitramfs(parts)));
  });
});
