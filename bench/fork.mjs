// Forks: how long one of a 512 MiB Debian at its prompt takes, and whether 50 of them, all there at the same time in a host of
// 4 GiB, answer on their consoles.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { median } from './contest.mjs';

const FORKS = 50;
const PROMPT = '# ';

/** Resolves when the guest has written `word` after what it has written so far. */
function written(vm, word) {
  return new Promise((resolve) => {
    let text = '';
    const stop = vm.on('output', (bytes) => {
      text += Buffer.from(bytes).toString('latin1');
      if (!text.includes(word)) return;
      stop();
      resolve();
    });
  });
}

export async function fork({ root, node }) {
  const { Host, Vm } = await import(join(root, 'dist/index.js'));
  const { nodePlatform } = await import(join(root, 'dist/platform/node/index.js'));
  const folder = mkdtempSync(join(tmpdir(), 'hypercraft-bench-'));
  try {
    const path = join(folder, 'debian.snapshot');
    const save = [join(root, 'dist/cli.js'), 'snapshot', 'save', path, 'debian'];
    if (spawnSync(node, save, { stdio: 'ignore' }).status !== 0) {
      console.error('bench: fork needs the image debian');
      return undefined;
    }
    const host = await Host.create({ platform: nodePlatform() });
    const parent = await Vm.restore(host, host.platform, { path });
    const prompt = written(parent, PROMPT);
    void parent.run().catch(() => {});
    await parent.input(Buffer.from('\n'));
    await prompt;
    await parent.pause();
    const freeBefore = host.pages.free;
    const times = [];
    const children = [];
    for (let i = 0; i < FORKS; i++) {
      const began = performance.now();
      children.push(await parent.fork({ name: `fork ${i}` }));
      times.push(performance.now() - began);
    }
    const began = performance.now();
    const answers = children.map(async (child, i) => {
      const answer = written(child, `answer-${i * 7}`);
      void child.run().catch(() => {});
      await child.input(Buffer.from(`echo answer-$((${i} * 7))\n`));
      await answer;
    });
    await Promise.all(answers);
    const answered = performance.now() - began;
    const mebibytes = ((freeBefore - host.pages.free) * 4096) / 2 ** 20;
    for (const vm of [...children, parent]) await vm[Symbol.asyncDispose]();
    const result = {
      forks: FORKS,
      medianMilliseconds: median(times),
      mostMilliseconds: Math.max(...times),
      answeredMilliseconds: answered,
      mebibytesOfAll: mebibytes,
      runs: times.map((time) => Number(time.toFixed(2))),
    };
    console.log(
      `  ${FORKS} forks: median ${result.medianMilliseconds.toFixed(2)} ms, at most ${result.mostMilliseconds.toFixed(2)} ms; ` +
        `all answered after ${(answered / 1000).toFixed(2)} s; ${mebibytes.toFixed(0)} MiB in all`,
    );
    return result;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
