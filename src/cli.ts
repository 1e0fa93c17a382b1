#!/usr/bin/env node
// The `hypercraft` program: hands its arguments to cli/main.js, which loads only what the command needs.
import { main } from './cli/main.js';

process.exit(await main(process.argv.slice(2)));
