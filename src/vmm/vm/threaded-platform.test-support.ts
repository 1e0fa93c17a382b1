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
  const outfile = `${folder}/worker.js`;
  const entryPoints = [`${root}src/platform/node/worker.ts`];
  await build({ entryPoints, outfile, bundle: true, format: 'esm', platform: 'node', logLevel: 'warning' });
  const module = (await import(/* @vite-ignore */ pathToFileURL(outfile).href)) as { nodePlatform(): Platform };
  return { platform: module.nodePlatform(), remove: () => rmSync(folder, { recursive: true, force: true }) };
}
