// Hands the program's arguments to main.ts, which loads only what the command needs, and ends with its status.
import { main } from './main.js';

void main(process.argv.slice(2)).then((status) => process.exit(status));
