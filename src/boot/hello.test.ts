// The embedded guest: that it assembles to what was meant. That it runs is shown in test/system.
import { expect, it } from 'vitest';
import { disassemble } from '../isa/index.js';
import { HELLO_BASE, helloImage } from './hello.js';

it('hello_assembled_starts with its first instruction and holds its greeting', () => {
  const { bytes, symbols } = helloImage();
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  expect(disassemble(view.getUint32(0, true), HELLO_BASE, { aliases: true })).toBe('mv\ts0,a0');
  expect(symbols.get('_start')).toBe(HELLO_BASE);
  expect(symbols.get('trap')! % 4n).toBe(0n);
  expect(new TextDecoder().decode(bytes)).toContain('Hello from a hypercraft guest');
  expect(bytes.length).toBeLessThan(4096);
});
