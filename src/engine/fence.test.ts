// FENCE orders this hart's accesses for the harts on other threads. WebAssembly's atomics are all sequentially consistent, and
// the optimiser drops `atomic.fence`; so a FENCE is a read-modify-write, and this test looks for it in the engine as it is shipped.
import binaryen from 'binaryen';
import { expect, it } from 'vitest';
import { engineWasmBase64 } from './generated/wasm.js';
import { PAUSE } from './hart/layout.js';

it('fence_in the optimised engine_is an atomic read-modify-write', () => {
  const module = binaryen.readBinary(Buffer.from(engineWasmBase64, 'base64'));
  const text = module.emitText();
  module.dispose();
  // Adds zero: every other addition to this word adds something.
  const fence = new RegExp(
    `i32\\.atomic\\.rmw\\.add offset=${PAUSE}\\s+\\(local\\.get \\$\\w+\\)\\s+\\(i32\\.const 0\\)`,
  );
  expect(text).toMatch(fence);
});
