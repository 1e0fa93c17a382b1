// The state words fit into their blocks.
import { expect, it } from 'vitest';
import { HART_END, HART_WORDS, PLATFORM_END, PLATFORM_WORDS } from './state.js';

it('blocks_hold_their_words', () => {
  expect(HART_END).toBeLessThanOrEqual(HART_WORDS);
  expect(PLATFORM_END).toBeLessThanOrEqual(PLATFORM_WORDS);
});
