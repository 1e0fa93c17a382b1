// A platform with workers for tests that run from TypeScript sources: a worker cannot run those, so the module that serves
// harts is bundled for it.
import { mkdirSync, rmSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import type { Platform } from './platform.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** Node's platform with workers; `remove` when the tests are done. */
export async function threadedPlatform(): Promise<{ platform: Platform; remove: () => void }> {
  const folder = `${root}node_modules/.cache/hypercraft/worker-${process.pid}-${Math.round(performance.now())}`;
  mkdirSync(folder, { recursive: true });
  const common = { bundle: true, platform: 'node', logLevel: 'warning' } as const;
  const from = `${root}src/platform/node`;
  await build({ ...common, entryPoints: [`${from}/worker.ts`], outfile: `${folder}/worker.mjs`, format: 'esm' });
  const define = { 'import.meta.url': 'bundleUrl' };
  const banner = { js: "const bundleUrl = require('node:url').pathToFileURL(__filename).href;" };
  for (const name of ['thread', 'serve']) {
    const entryPoints = [`${from}/${name}.ts`];
    await build({ ...common, entryPoints, outfile: `${folder}/${name}.cjs`, format: 'cjs', define, banner });
  }
  const module = (await import(/* @vite-ignore */ pathToFileURL(`${folder}/worker.mjs`).href)) as {
    nodePlatform(): Platform;
  };
  return { platform: module.nodePlatform(), remove: () => rmSync(folder, { recursive: true, force: true }) };
}
