// The first root file system of a guest: busybox, an init script, device nodes and chosen kernel modules. Linux,
// Documentation/filesystems/ramfs-rootfs-initramfs.rst.

import {
  type CpioEntry,
  readCpio,
  S_IFBLK,
  S_IFCHR,
  S_IFDIR,
  S_IFLNK,
  S_IFMT,
  S_IFREG,
  writeCpio,
} from './archive/cpio.js';
import { formatModulesDep, type KernelModule } from './modules.js';

/** Changes whenever what {@link buildInitramfs} makes does, so that caches notice. */
export const INITRAMFS_RECIPE = 1;

/** What an initramfs is made of. */
export interface InitramfsParts {
  /** A statically linked busybox for riscv64. */
  readonly busybox: Uint8Array;
  /** As `uname -r` says; needed with modules. */
  readonly kernelVersion?: string;
  /** Kernel modules, dependencies first. */
  readonly modules?: readonly KernelModule[];
  /** Instead of {@link INIT_SCRIPT}. */
  readonly init?: string;
  /** Further files; directories above them are made as needed. */
  readonly files?: readonly CpioEntry[];
}

/**
 * Mounts what a shell needs, loads the drivers of devices that are there, and gives the console to an interactive shell with
 * job control; when it ends, so does the machine. `/bin/sh` is named with its path: applet links come first.
 */
export const INIT_SCRIPT = `#!/bin/busybox sh
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM="\${TERM:-vt100}"
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
mkdir -p /dev/pts /dev/shm
mount -t devpts devpts /dev/pts
mount -t tmpfs tmpfs /dev/shm
mount -t tmpfs tmpfs /tmp
hostname guest
tree=/sys/firmware/devicetree/base/soc
for window in "$tree"/virtio_mmio@*; do
  [ -e "$window" ] && modprobe -a virtio_mmio virtio_blk virtio_net 2>/dev/null
  break
done
cd /root
echo "hypercraft: $(uname -srm) is up; type 'poweroff -f' or leave the shell to end."
setsid cttyhack sh
poweroff -f
`;

/** Applets that get a link; `busybox NAME` reaches the others, and init makes no links itself, which would take time. */
const APPLETS = {
  bin: `arch ash base64 cat chgrp chmod chown cp cpio cttyhack date dd df dmesg echo egrep false fgrep grep gunzip gzip
    hostname ip kill ln login ls lsmod mkdir mknod mktemp more mount mv netstat nproc pidof ping ps pwd rm rmdir sed sh
    sleep stat stty sync tar touch true tty umount uname uptime usleep vi watch xargs zcat`,
  sbin: `blockdev depmod devmem fdisk getty halt hwclock ifconfig init insmod losetup mkswap modinfo modprobe
    poweroff reboot rmmod route swapoff swapon switch_root sysctl syslogd udhcpc`,
  'usr/bin': `awk basename bc bunzip2 bzcat cal clear cmp cut dc diff dirname du env expr find fold free ftpget groups head
    hexdump id install killall less logger md5sum mkfifo nc nl nslookup od paste printf readlink realpath renice reset
    seq setsid sha1sum sha256sum sha512sum shuf sort strings tac tail taskset tee telnet test time timeout top tr
    traceroute truncate unlink uniq unxz unzip uudecode uuencode wc wget which who whoami xxd xz xzcat yes [`,
} as const;

const DIRECTORIES = 'bin dev etc lib lib/modules mnt proc root run sbin sys tmp usr usr/bin usr/sbin var var/log';

/** Name, type, major, minor, permissions; the numbers are Linux's, Documentation/admin-guide/devices.txt. */
const DEVICES: readonly (readonly [string, number, number, number, number])[] = [
  ['console', S_IFCHR, 5, 1, 0o600],
  ['tty', S_IFCHR, 5, 0, 0o666],
  ['null', S_IFCHR, 1, 3, 0o666],
  ['zero', S_IFCHR, 1, 5, 0o666],
  ['full', S_IFCHR, 1, 7, 0o666],
  ['random', S_IFCHR, 1, 8, 0o666],
  ['urandom', S_IFCHR, 1, 9, 0o666],
  ['kmsg', S_IFCHR, 1, 11, 0o644],
  ['ttyS0', S_IFCHR, 4, 64, 0o600],
  ['hvc0', S_IFCHR, 229, 0, 0o600],
  ['vda', S_IFBLK, 254, 0, 0o600],
];

/** Builds the archive. The same parts give the same bytes. */
export function buildInitramfs(parts: InitramfsParts): Uint8Array {
  const tree = new Map<string, CpioEntry>();
  const add = (entry: CpioEntry) => {
    addParents(tree, entry.path);
    tree.set(entry.path, entry);
  };
  for (const path of DIRECTORIES.split(' ')) add({ path, mode: S_IFDIR | (path === 'tmp' ? 0o1777 : 0o755) });
  for (const [name, type, major, minor, permissions] of DEVICES) {
    add({ path: `dev/${name}`, mode: type | permissions, device: { major, minor } });
  }
  add({ path: 'bin/busybox', mode: S_IFREG | 0o755, data: parts.busybox });
  for (const [directory, names] of Object.entries(APPLETS)) {
    for (const name of names.split(/\s+/)) {
      add({ path: `${directory}/${name}`, mode: S_IFLNK | 0o777, data: encode('/bin/busybox') });
    }
  }
  add({ path: 'init', mode: S_IFREG | 0o755, data: encode(parts.init ?? INIT_SCRIPT) });
  add(file('etc/passwd', 'root::0:0:root:/root:/bin/sh\n'));
  add(file('etc/group', 'root:x:0:\n'));
  if (parts.modules?.length && parts.kernelVersion) {
    const base = `lib/modules/${parts.kernelVersion}`;
    for (const module of parts.modules) {
      add({ path: `${base}/${module.path}`, mode: S_IFREG | 0o644, data: module.bytes });
    }
    add(file(`${base}/modules.dep`, formatModulesDep(parts.modules)));
    for (const name of ['modules.alias', 'modules.symbols', 'modules.builtin']) add(file(`${base}/${name}`, ''));
  }
  for (const entry of parts.files ?? []) add(entry);
  return writeCpio(tree.values());
}

/** Gives an initramfs made by an older recipe the present init and links, keeping its busybox, modules and other files. */
export function renewInitramfs(archive: Uint8Array): Uint8Array {
  const entries = readCpio(archive);
  const busybox = entries.find((entry) => entry.path === 'bin/busybox')?.data ?? new Uint8Array(0);
  const kept = entries.filter(
    (entry) => entry.path.startsWith('lib/modules/') && (entry.mode & S_IFMT) === S_IFREG && entry.data,
  );
  return buildInitramfs({ busybox, files: kept });
}

function file(path: string, text: string): CpioEntry {
  return { path, mode: S_IFREG | 0o644, data: encode(text) };
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function addParents(tree: Map<string, CpioEntry>, path: string): void {
  for (let at = path.indexOf('/'); at >= 0; at = path.indexOf('/', at + 1)) {
    const parent = path.slice(0, at);
    if (!tree.has(parent)) tree.set(parent, { path: parent, mode: S_IFDIR | 0o755 });
  }
}
