// Where this user's cache is: guest images, and translated code.
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** HYPERCRAFT_CACHE, else `hypercraft` below XDG_CACHE_HOME or ~/.cache. */
export function cacheDirectory(env: NodeJS.ProcessEnv = process.env): string {
  if (env.HYPERCRAFT_CACHE) return resolve(env.HYPERCRAFT_CACHE);
  const base = env.XDG_CACHE_HOME || join(homedir(), '.cache');
  return join(base, 'hypercraft');
}
