// Branch hints: one where code becomes seldom run, none within it.
import { expect, it } from 'vitest';
import * as W from './wasm.js';
import { Writer } from './writer.js';

class Pen extends Writer {
  start(): void {
    this.beginBody();
  }
}

it('an arm that is seldom run_has a hint, and those inside it have none', () => {
  const pen = new Pen();
  pen.start();
  pen.i32(0); // 2 bytes
  pen.beginUnlikely(); // 2 bytes, hinted at 2
  pen.i32(0);
  pen.beginUnlikely();
  pen.begin(W.BLOCK);
  pen.end();
  pen.otherwise();
  pen.i32(0);
  pen.beginUnlikely();
  pen.end();
  pen.end();
  pen.otherwise();
  pen.i32(0);
  const other = pen.out.length;
  pen.beginUnlikely(); // the other arm is not seldom run
  pen.end();
  pen.end();
  pen.i32(0);
  const after = pen.out.length;
  pen.beginUnlikely();
  pen.end();
  expect([...pen.takeHints()]).toEqual([2, 0, other, 0, after, 0]);
});
