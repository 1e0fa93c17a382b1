// The file of `hypercraft up`: what it may say, and what is said about one that is wrong.
import { describe, expect, it } from 'vitest';
import { inFileWords, parseGuestsFile } from './guests-file.js';

const PATH = '/home/me/guests.yaml';

it('file with all there is_read_says what each guest boots and gets', () => {
  const file = parseGuestsFile(
    PATH,
    `
host: { policy: round-robin, slice: 2 }
guests:
  - name: web
    image: debian
    memory: 256M
    vcpus: 2
    cpu: rva22s64
    weight: 3
    quota: 0.5
    devices: [uart1]
  - kernel: kernels/own.bin
    append: quiet
    mode: firmware
`,
  );
  expect(file.scheduler).toEqual({ policy: 'round-robin', slice: 2 });
  const [web, other] = file.guests;
  expect(web).toMatchObject({ name: 'web', share: { weight: 3, quota: 0.5 }, devices: ['uart1'] });
  expect(web!.options.operands).toEqual(['debian']);
  expect([...web!.options.values]).toEqual([
    ['--memory', '256M'],
    ['--smp', '2'],
    ['--cpu', 'rva22s64'],
  ]);
  expect(other).toMatchObject({ name: 'guest2', share: {}, devices: [] });
  expect(Object.fromEntries(other!.options.values)).toEqual({
    '--kernel': '/home/me/kernels/own.bin',
    '--append': 'quiet',
    '--mode': 'firmware',
  });
});

it('file with limits and harts_read_gives them', () => {
  const text = `
host: { harts: 2, memory: 1G }
guests:
  - { name: tight, limit: 64M, when-full: pause, pin: 1 }
  - { name: wide, pin: [0, 1] }
  - {}
`;
  const { harts, memory, guests } = parseGuestsFile(PATH, text);
  expect(harts).toBe(2);
  expect(memory).toBe(1 << 30);
  expect(guests[0]).toMatchObject({ memoryLimit: 64 << 20, whenFull: 'pause', pin: [1] });
  expect(guests[1]).toMatchObject({ whenFull: 'end', pin: [0, 1] });
  expect(guests[2]).not.toHaveProperty('pin');
  expect(guests[2]).not.toHaveProperty('memoryLimit');
});

describe.each([
  ['no YAML', 'guests: [', /guests\.yaml:1: /],
  ['nothing', '', /not a mapping/],
  ['no guests', 'guests: []', /must list a guest/],
  ['an unknown key', 'guests: [{ image: hello, colour: red }]', /guest 1: unknown key 'colour'/],
  ['an unknown key of the host', 'host: { sockets: 2 }\nguests: [{ image: hello }]', /unknown key 'sockets'/],
  ['half a hart', 'host: { harts: 0.5 }\nguests: [{ image: hello }]', /'harts' must be a whole number/],
  ['a host with memory in words', 'host: { memory: much }\nguests: [{}]', /host: memory: 'much' is not a size/],
  ['a limit in words', 'guests: [{ limit: little }]', /limit: 'little' is not a size/],
  ['another end', 'guests: [{ when-full: explode }]', /'when-full' is pause or end/],
  ['a pin in words', 'guests: [{ pin: [first] }]', /'pin' must name harts/],
  ['a hart twice', 'guests: [{ pin: [1, 1] }]', /'pin' must name harts/],
  ['a hart there is not', 'host: { harts: 2 }\nguests: [{ pin: 2 }]', /'pin' names a hart that the host does not have/],
  ['a guest that is a word', 'guests: [hello]', /guest 1: not a mapping/],
  ['two guests of one name', 'guests: [{ name: a }, { name: a }]', /two guests called 'a'/],
  ['a name with a space', 'guests: [{ name: a b }]', /is no name/],
  ['a weight of 0', 'guests: [{ weight: 0 }]', /'weight' must be a number above 0/],
  ['a weight in words', 'guests: [{ weight: much }]', /'weight' must be a number above 0/],
  ['an unknown policy', 'host: { policy: lottery }\nguests: [{}]', /policy 'lottery' is not one of weighted-fair/],
  ['memory in a list', 'guests: [{ memory: [1] }]', /'memory' must be a word/],
  ['devices in a word', 'guests: [{ devices: uart1 }]', /'devices' must be a list/],
  ['an unknown device', 'guests: [{ devices: [gpu] }]', /no device 'gpu'/],
  ['a device twice', 'guests: [{ devices: [rtc] }, { devices: [rtc] }]', /rtc can be one guest's only/],
  ['a bomb of aliases', bomb(), /alias/i],
])('file with %s', (_, text, message) => {
  it('read_is bad usage that says so', () => {
    const wrong = expect.objectContaining({ code: 'USAGE', message: expect.stringMatching(message) });
    expect(() => parseGuestsFile(PATH, text)).toThrowError(wrong);
  });
});

it.each([
  ["--memory: '1T' is not a size", "memory: '1T' is not a size"],
  ["--smp: 'two' is not a whole number", "vcpus: 'two' is not a whole number"],
  ['--mode bare starts in M-mode: it needs --bios or --kernel', 'mode bare starts in M-mode: it needs bios or kernel'],
  ["run: 'debia' is not one of debian, hello", "image: 'debia' is not one of debian, hello"],
])('what is wrong with a guest as run says it, %s_has the words of the file', (said, expected) => {
  expect(inFileWords(said)).toBe(expected);
});

function bomb(): string {
  const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
  for (let i = 1; i < 9; i++)
    lines.push(
      `a${i}: &a${i} [${Array(10)
        .fill(`*a${i - 1}`)
        .join(', ')}]`,
    );
  return lines.join('\n');
}
