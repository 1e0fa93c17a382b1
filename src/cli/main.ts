// The program: finds the command, checks the whole command line, and loads only what the command needs, since the program
// must start at once. Every HypercraftError ends as one line on stderr.
import { HypercraftError } from '../isa/error.js';
import { COMMANDS, helpText } from './commands.js';
import { type Ending, lastLine, statusOf } from './ending.js';
import { parseOptions, usage } from './options.js';

/** Errors that blame the command line or a file named on it: status 2. What is left is the world's fault: status 1. */
const OUR_FAULT = /^(NETWORK|MIRROR|ARCHIVE|CACHE|HOST|ENGINE|INTERNAL|VM|IMAGE_STORE|DOWNLOAD|RELEASE|SIGNATURE)(_|$)/;

/** Runs the program and returns its exit status. */
export async function main(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  try {
    if (rest.includes('--help') || name === '--help' || name === '-h' || name === 'help') {
      process.stdout.write(helpText());
      return 0;
    }
    if (name === '--version' || name === '-V') {
      const { packageVersion } = await import('../platform/node/disk.js');
      process.stdout.write(`hypercraft ${await packageVersion()}\n`);
      return 0;
    }
    if (name === undefined) throw usage('what shall I do? Try hypercraft run, or hypercraft --help');
    const command = COMMANDS.find((candidate) => candidate.name === name);
    if (!command)
      throw usage(`unknown ${name.startsWith('-') ? 'option' : 'command'} '${name}' (try hypercraft --help)`);
    const parsed = parseOptions(command, rest);
    switch (command.name) {
      case 'run':
        return await (await import('./run.js')).run(parsed);
      case 'images':
        return await (await import('./images.js')).images(parsed);
      case 'dtb':
        return await (await import('./dtb.js')).dtb(parsed);
      default:
        return await (await import('./disasm.js')).disasm(parsed);
    }
  } catch (error) {
    const ending: Ending =
      error instanceof HypercraftError && !OUR_FAULT.test(error.code) ? { cause: 'usage' } : { cause: 'error' };
    process.stderr.write(`hypercraft: ${explain(error)}\n`);
    if (name === 'run') process.stderr.write(`${lastLine(ending)}\n`);
    return statusOf(ending);
  }
}

/** One line for any error; the stack only of what is not ours, and only on request. */
export function explain(error: unknown): string {
  if (error instanceof HypercraftError) return error.message.replaceAll('\n', ' ');
  if (error instanceof Error) {
    return process.env.HYPERCRAFT_DEBUG ? (error.stack ?? error.message) : `internal error: ${error.message}`;
  }
  return `internal error: ${String(error)}`;
}
