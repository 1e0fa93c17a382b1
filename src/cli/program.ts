// Hands the program's arguments to main.ts, which loads only what the command needs, and ends with its status.
import { type Begun, takeOver } from '../platform/node/worker.js';
import { main } from './main.js';

/** @param begun what start.ts has begun already */
export function program(begun: Begun): void {
  takeOver(begun);
  void main(process.argv.slice(2)).then((status) => process.exit(status));
}
