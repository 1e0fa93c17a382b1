// The option parser's promises: every mistake is one clear line with the code USAGE.
import { describe, expect, it } from 'vitest';
import { RUN } from './commands.js';
import { parseChoice, parseCount, parseOptions, parseSeconds, parseSize } from './options.js';

describe('parseOptions', () => {
  it('values after a space or an equals sign_parsed_are the same', () => {
    const spaced = parseOptions(RUN, ['hello', '--memory', '64M', '--stats']);
    const joined = parseOptions(RUN, ['--memory=64M', '--stats', 'hello']);
    expect(spaced).toEqual(joined);
    expect(spaced.operands).toEqual(['hello']);
    expect(spaced.values.get('--memory')).toBe('64M');
  });

  it('a value that looks like an option_parsed_is a value', () => {
    expect(parseOptions(RUN, ['--append', '--quiet']).values.get('--append')).toBe('--quiet');
  });

  it.each([
    [['--nonsense'], /unknown option '--nonsense'/],
    [['-x'], /unknown option '-x'/],
    [['--memory'], /--memory needs a value/],
    [['--stats=1'], /--stats takes no value/],
    [['--smp', '1', '--smp', '2'], /--smp given twice/],
    [['debian', 'hello'], /unexpected argument 'hello'/],
  ])('%j_parsed_is refused with one line', (args, message) => {
    expect(() => parseOptions(RUN, args)).toThrow(
      expect.objectContaining({ code: 'USAGE', message: expect.stringMatching(message) }),
    );
  });
});

describe('values', () => {
  it('sizes_parsed_are bytes', () => {
    expect(parseSize('--memory', '512M')).toBe(512 * 2 ** 20);
    expect(parseSize('--memory', '1GiB')).toBe(2 ** 30);
    expect(parseSize('--memory', '4096')).toBe(4096);
  });

  it.each(['', '0', '-1', '12Q', '1.5G', 'M', '0x100'])('size %j_parsed_is refused', (text) => {
    expect(() => parseSize('--memory', text)).toThrow(expect.objectContaining({ code: 'USAGE' }));
  });

  it('counts, seconds and choices outside their range_parsed_are refused', () => {
    expect(() => parseCount('--smp', '0', { min: 1, max: 8 })).toThrow(/1 to 8/);
    expect(() => parseSeconds('--timeout', '0')).toThrow(/seconds/);
    expect(() => parseSeconds('--timeout', 'soon')).toThrow(/seconds/);
    expect(() => parseChoice('--mode', 'xen', ['bare', 'firmware'])).toThrow(/not one of bare, firmware/);
    expect(parseSeconds('--timeout', '.5')).toBe(0.5);
    expect(parseCount('--smp', '8', { min: 1, max: 8 })).toBe(8);
  });
});
