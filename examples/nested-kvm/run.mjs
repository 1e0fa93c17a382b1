// A guest in a guest: Debian in firmware mode loads KVM, and a C program there runs a guest of its own. Needs riscv64-linux-gnu-gcc and the image
// `debian`. `npm run build` first.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Host, planBoot, Vm, virtMachine } from 'hypercraft';
import { readCpio, S_IFREG, writeCpio } from 'hypercraft/boot';
import { nodePlatform, openImageStore } from 'hypercraft/node';

const INIT = `#!/bin/busybox sh
export PATH=/sbin:/bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
modprobe kvm && nested-kvm
poweroff -f
`;

function compile() {
  const work = mkdtempSync(join(tmpdir(), 'hypercraft-nested-'));
  try {
    const sources = ['nested-kvm.c', 'guest.S'].map((name) => join(import.meta.dirname, name));
    const program = join(work, 'nested-kvm');
    execFileSync('riscv64-linux-gnu-gcc', ['-static', '-O2', '-pthread', '-o', program, ...sources]);
    return readFileSync(program);
  } finally {
    rmSync(work, { recursive: true });
  }
}

const image = await openImageStore().pull('debian');
const files = readCpio(await image.readInitramfs()).filter(({ path }) => path !== 'init');
const initrd = writeCpio([
  ...files,
  { path: 'init', mode: S_IFREG | 0o755, data: new TextEncoder().encode(INIT) },
  { path: 'bin/nested-kvm', mode: S_IFREG | 0o755, data: compile() },
]);

const machine = virtMachine({ mode: 'firmware', memory: { base: 0x8000_0000n, size: 512n << 20n }, harts: 2 });
const chosen = { bootargs: 'console=ttyS0 quiet' };
const boot = await planBoot({ machine, kernel: await image.readKernel(), initrd, chosen });

const platform = nodePlatform();
const [jit = 'on'] = process.argv.slice(2);
const vm = await Vm.create(await Host.create({ platform, jit }), platform, { machine, boot });
vm.on('output', (bytes) => process.stdout.write(bytes));
const end = await vm.run();
console.log(`the guest ended by ${end.kind}`);
await vm[Symbol.asyncDispose]();
