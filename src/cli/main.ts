// The program: finds the command, checks the whole command line, and loads only what the command needs, since the program
// must start at once. Every HypercraftError ends as one line on stderr.
import { HypercraftError } from '../isa/error.js';
import { COMMANDS, helpText } from './commands.js';
import { type Ending, lastLine, statusOf } from './ending.js';
import { explain } from './explain.js';
import { parseOptions, usage } from './options.js';

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
      case 'up':
        return await (await import('./up.js')).up(parsed);
      case 'snapshot':
        return await (await import('./snapshot.js')).snapshot(parsed);
      case 'images':
        return await (await import('./images.js')).images(parsed);
      case 'dtb':
        return await (await import('./dtb.js')).dtb(parsed);
      default:
        return await (await import('./disasm.js')).disasm(parsed);
    }
  } catch (error) {
    // What fails later, in the network or in a running guest, is handled by its command: this is about the command line
    // and the files it names.
    const ending: Ending = error instanceof HypercraftError ? { cause: 'usage' } : { cause: 'error' };
    process.stderr.write(`hypercraft: ${explain(error)}\n`);
    if (name === 'run' || name === 'up') process.stderr.write(`${lastLine(ending)}\n`);
    return statusOf(ending);
  }
}
