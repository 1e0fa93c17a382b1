// Consoles of several guests on one terminal.
import { describe, expect, it } from 'vitest';
import { PrefixedConsoles, SwitchedConsoles } from './consoles.js';

class Sink {
  text = '';

  write(bytes: Uint8Array): void {
    this.text += new TextDecoder().decode(bytes);
  }

  note(line: string): void {
    this.text += `<${line}>`;
  }
}

const bytes = (text: string) => new TextEncoder().encode(text);

describe('prefixed consoles', () => {
  it('lines of two guests_written in pieces_come out whole, each with its name', () => {
    const sink = new Sink();
    const consoles = new PrefixedConsoles(['a', 'long'], sink);
    consoles.output(0, bytes('hel'));
    consoles.output(1, bytes('one\ntwo'));
    consoles.output(0, bytes('lo\n'));
    expect(sink.text).toBe('long | one\na    | hello\n');
    consoles.end(1);
    expect(sink.text).toBe('long | one\na    | hello\nlong | two\n');
  });

  it('line without an end_written_comes out in pieces', () => {
    const sink = new Sink();
    const consoles = new PrefixedConsoles(['a'], sink);
    consoles.output(0, bytes('x'.repeat(10_000)));
    expect(sink.text.length).toBe(2 * (4 + 4096 + 1));
  });
});

describe('switched consoles', () => {
  it('console in the background_brought to the front_shows what it said meanwhile', () => {
    const sink = new Sink();
    const consoles = new SwitchedConsoles(['a', 'b'], sink);
    consoles.output(0, bytes('A'));
    consoles.output(1, bytes('B'));
    expect(sink.text).toBe('A');
    consoles.bring(1);
    expect(consoles.front).toBe(1);
    consoles.output(1, bytes('C'));
    expect(sink.text).toBe('A<hypercraft: console of b>BC');
  });

  it('console that says much in the background_brought to the front_shows the end of it', () => {
    const sink = new Sink();
    const consoles = new SwitchedConsoles(['a', 'b'], sink);
    for (let i = 0; i < 100; i++) consoles.output(1, bytes(String(i % 10).repeat(4096)));
    consoles.bring(1);
    expect(sink.text.length).toBeLessThan(70_000);
    expect(sink.text.endsWith('9')).toBe(true);
  });
});
