// What page.mjs does in a page, in Node: `node node.mjs KERNEL` prints the run as JSON.
import { readFileSync } from 'node:fs';
import { nodePlatform } from '../../dist/platform/node/index.js';
import { runGuest } from './guest.mjs';

const run = await runGuest(nodePlatform(), readFileSync(process.argv[2]));
process.stdout.write(`${JSON.stringify(run)}\n`, () => process.exit());
