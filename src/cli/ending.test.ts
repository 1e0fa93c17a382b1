// Exit status and last line for every way a run can end.
import { expect, it } from 'vitest';
import { type Ending, lastLine, statusOf } from './ending.js';

it.each<[Ending, number, string]>([
  [{ cause: 'power-off' }, 0, 'hypercraft: exit power-off'],
  [{ cause: 'failure', code: 3 }, 3, 'hypercraft: exit failure 3'],
  [{ cause: 'failure', code: 256 }, 1, 'hypercraft: exit failure 256'],
  [{ cause: 'failure', code: 258 }, 2, 'hypercraft: exit failure 258'],
  [{ cause: 'failure', code: 0 }, 1, 'hypercraft: exit failure 0'],
  [{ cause: 'timeout' }, 124, 'hypercraft: exit timeout'],
  [{ cause: 'usage' }, 2, 'hypercraft: exit usage'],
  [{ cause: 'escape' }, 0, 'hypercraft: exit escape'],
  [{ cause: 'error' }, 1, 'hypercraft: exit error'],
  [{ cause: 'signal', signal: 'SIGINT' }, 130, 'hypercraft: exit signal SIGINT'],
])('%j_ended_gives its status and line', (ending, status, line) => {
  expect(statusOf(ending)).toBe(status);
  expect(lastLine(ending)).toBe(line);
});
