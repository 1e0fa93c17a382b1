// The mailbox and the signature of a bare program, by the symbols of its ELF file.
import { expect, it } from 'vitest';
import { makeElf } from './elf.test-support.js';
import { virtMachine } from './machine-description.js';
import { planBoot } from './plan.js';

const PHYSICAL = 0x8000_0000n;
const VIRTUAL = 0xffff_ffff_c000_0000n;

function plan(symbols: Record<string, bigint>) {
  const segments = [{ vaddr: VIRTUAL, paddr: PHYSICAL, data: new Uint8Array(64), memorySize: 4096n }];
  const kernel = makeElf({ entry: VIRTUAL, segments, symbols });
  return planBoot({ machine: virtMachine({ mode: 'bare', memory: { base: PHYSICAL, size: 4n << 20n } }), kernel });
}

it('mailbox symbols_are found at their physical addresses', async () => {
  const { htif } = await plan({ tohost: VIRTUAL + 0x40n, fromhost: VIRTUAL + 0x80n });
  expect(htif).toEqual({ tohost: PHYSICAL + 0x40n, fromhost: PHYSICAL + 0x80n });
});

it('tohost alone_is a mailbox without answers', async () => {
  expect((await plan({ tohost: VIRTUAL })).htif).toEqual({ tohost: PHYSICAL });
});

it('program without the symbols_has neither', async () => {
  const { htif, signature } = await plan({ main: VIRTUAL });
  expect([htif, signature]).toEqual([undefined, undefined]);
});

it('signature that ends where its segment ends_is found', async () => {
  const { signature } = await plan({ begin_signature: VIRTUAL + 0x100n, end_signature: VIRTUAL + 4096n });
  expect(signature).toEqual({ begin: PHYSICAL + 0x100n, end: PHYSICAL + 4096n });
});

it('signature that ends before it begins_is none', async () => {
  const symbols = { begin_signature: VIRTUAL + 0x100n, end_signature: VIRTUAL };
  expect((await plan(symbols)).signature).toBeUndefined();
});
