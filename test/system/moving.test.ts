// A Linux whose vCPUs go from thread to thread all the time, beside a guest that never rests: what it works out is right, and its kernel has nothing
// to complain of.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import type { Vm } from '../../src/index.js';
import { CLI, hypercraft, Scratch } from './program.js';

const built = (file: string): string => pathToFileURL(join(CLI, '..', file)).href;
const {
  assemble,
  Host,
  virtMachine,
  Vm: BuiltVm,
} = (await import(built('index.js'))) as typeof import('../../src/index.js');
const { nodePlatform } = (await import(
  built('platform/node/index.js')
)) as typeof import('../../src/platform/node/index.js');

const base = 0x8000_0000n;
const random = (below: number): number => Math.floor(Math.random() * below);
const later = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Four processes each hash the same and count lines of the same; the kernel's log is searched for complaints. */
const WORK = `\
for i in 1 2 3 4; do (for j in 1 2 3; do head -c 2000000 /dev/zero | md5sum; ls -lR /usr /bin /etc | sha1sum; done > /tmp/$i) & done; wait
cat /tmp/1 /tmp/2 /tmp/3 /tmp/4 | sort | uniq -c; echo complaints: $(dmesg | grep -ci 'stall\\|lockup\\|oops\\|BUG:'); echo do""ne
`;

/** Moves a random vCPU every few milliseconds until the guest has written something; how often. */
async function moveUntil(vm: Vm, over: () => boolean): Promise<number> {
  let moves = 0;
  for (const end = performance.now() + 200_000; !over() && performance.now() < end; moves++) {
    await vm.moveTo(random(2), random(4));
    await later(random(4));
  }
  return moves;
}

it('debian of four vCPUs that move about beside a spinner_comes to the right results', async () => {
  expect((await hypercraft(['images', 'pull', 'debian'])).status).toBe(0);
  using scratch = new Scratch();
  const path = join(scratch.path, 'debian.snapshot');
  expect((await hypercraft(['snapshot', 'save', path, 'debian', '--smp', '4', '--timeout', '300'])).status).toBe(0);
  const host = await Host.create({ platform: nodePlatform(), harts: 2 });
  const machine = virtMachine({ memory: { base, size: 8n << 20n } });
  const segments = [{ what: 'guest', gpa: base, bytes: assemble('spin: j spin', { base }).bytes }];
  await using spinner = await host.createVm({ machine, boot: { segments, entry: base, dtbAddress: base } });
  spinner.run().catch(() => {});
  await using vm = await BuiltVm.restore(host, host.platform, { path }, { threads: true });
  let text = '';
  vm.on('output', (bytes) => {
    text += Buffer.from(bytes).toString('latin1');
  });
  const end = vm.run();
  await vm.input(Buffer.from(WORK));
  const moves = await moveUntil(vm, () => /^done\r?$/m.test(text));
  expect(moves).toBeGreaterThan(100);
  // Twelve of each sum, and no third.
  expect([...text.matchAll(/^ +(\d+) [0-9a-f]{32,40} {2}-\r?$/gm)].map(([, count]) => count)).toEqual(['12', '12']);
  expect(text).toMatch(/^complaints: 0\r?$/m);
  await vm.input(Buffer.from('poweroff -f\n'));
  expect(await end).toEqual({ kind: 'power-off' });
}, 500_000);
