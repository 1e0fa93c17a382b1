// Ctrl-A in a terminal: what goes to the guest and what is ours.
import { expect, it } from 'vitest';
import { EscapeKeys } from './escape.js';

const typed = (text: string) => new TextEncoder().encode(text);
const plain = (keys: EscapeKeys, text: string) =>
  keys.feed(typed(text)).map((item) => (item.kind === 'bytes' ? new TextDecoder().decode(item.bytes) : item.kind));

it('plain text_fed_passes through', () => {
  expect(plain(new EscapeKeys(), 'ls\n')).toEqual(['ls\n']);
});

it('ctrl-a x_fed_leaves after what came before', () => {
  expect(plain(new EscapeKeys(), 'ab\x01xcd')).toEqual(['ab', 'leave', 'cd']);
});

it('prefix and key in two chunks_fed_belong together', () => {
  const keys = new EscapeKeys();
  expect(plain(keys, '\x01')).toEqual([]);
  expect(plain(keys, 'h')).toEqual(['help']);
});

it('ctrl-a a and ctrl-a ctrl-a_fed_send one ctrl-a', () => {
  expect(plain(new EscapeKeys(), '\x01a\x01\x01')).toEqual(['\x01\x01']);
});

it('ctrl-a and an unknown key_fed_is dropped', () => {
  expect(plain(new EscapeKeys(), 'a\x01zb')).toEqual(['ab']);
});

it('commands of its own_fed_are told', () => {
  const keys = new EscapeKeys({ n: 'next', l: 'list' });
  expect(plain(keys, 'a\x01nb\x01l\x01x')).toEqual(['a', 'next', 'b', 'list', 'leave']);
});
