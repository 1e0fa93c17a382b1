// A batch: sequences made, run on both machines, compared; and a failing sequence made as short as it still fails.
import { disassemble } from '../../dist/isa/index.js';
import { BLOCK_BYTES, BLOCKS, CODE, CODE_LIMIT, codeBytes, MAX_SEQUENCES } from './image.mjs';
import { runOurs } from './machines.mjs';
import { Random } from './random.mjs';

/** Failing sequences of a batch that are looked into. */
const EXAMINED = 3;

export class Fuzzer {
  sequences = 0;
  instructions = 0;
  #model;
  #world;
  #length;
  #jit;
  #survey;

  /** `world` says what sequences are made of and how their blocks are built, compared and described. */
  constructor(model, world, { length = 16, jit = 'off', survey = false } = {}) {
    this.#model = model;
    this.#world = world;
    this.#jit = jit;
    this.#survey = survey;
    this.#length = length;
  }

  /** Runs up to `count` sequences of a seed; the differences: { kind, text }. */
  async batch(seed, count) {
    const random = new Random(seed);
    const sequences = [];
    for (let code = CODE; sequences.length < Math.min(count, this.#world.most ?? MAX_SEQUENCES); ) {
      const sequence = this.#world.makeSequence(random, this.#length);
      code += codeBytes(sequence.items);
      if (code > CODE_LIMIT) break;
      sequences.push(sequence);
    }
    this.sequences += sequences.length;
    this.instructions += sequences.reduce((sum, { items }) => sum + items.length, 0);
    const { ours, theirs } = await this.#run(sequences);
    if (ours === undefined || theirs === undefined) return [await this.#hang(sequences, ours === undefined)];
    if (this.#survey) return this.#surveyed(sequences, ours, theirs);
    const failures = [];
    for (const index of this.#differing(ours, theirs).slice(0, EXAMINED)) {
      const found = this.#world.differences(this.#block(ours, index), this.#block(theirs, index));
      failures.push(await this.#examine(sequences[index], found));
    }
    return failures;
  }

  /** One failure for each register or trap field that differs anywhere, with the bits in which it does, and an example. */
  #surveyed(sequences, ours, theirs) {
    const seen = new Map();
    for (const index of this.#differing(ours, theirs)) {
      const [a, b] = [ours, theirs].map((blocks) => this.#block(blocks, index));
      const found = this.#world.differences(a, b);
      for (const difference of found) {
        const entry = seen.get(difference.what) ?? { count: 0, bits: 0n, fewest: Number.POSITIVE_INFINITY };
        entry.count++;
        entry.bits |= BigInt(difference.ours) ^ BigInt(difference.theirs);
        if (found.length < entry.fewest) {
          entry.fewest = found.length;
          entry.example = this.#describe(sequences[index], found);
        }
        seen.set(difference.what, entry);
      }
    }
    return [...seen].map(([what, { count, bits, example }]) => {
      return { kind: what, text: `${what}: ${count} times, bits 0x${bits.toString(16)}; such as\n${example}` };
    });
  }

  #block(blocks, index) {
    const bytes = this.#world.blockBytes ?? BLOCK_BYTES;
    return blocks.subarray(index * bytes, (index + 1) * bytes);
  }

  /** Indexes of the sequences whose blocks differ. */
  #differing(ours, theirs) {
    if (this.#world.differing) return this.#world.differing(ours, theirs);
    const count = Math.floor(ours.length / (this.#world.blockBytes ?? BLOCK_BYTES));
    const indexes = Array.from({ length: count }, (_, index) => index);
    return indexes.filter(
      (index) => this.#world.differences(this.#block(ours, index), this.#block(theirs, index)).length > 0,
    );
  }

  async #run(sequences, seconds = 60) {
    const image = this.#world.buildImage(sequences);
    const offset = this.#world.blocks ?? BLOCKS;
    const length = sequences.length * (this.#world.blockBytes ?? BLOCK_BYTES);
    const theirs = this.#model.run(image, { offset, length, seconds });
    const { extensions } = this.#model;
    const ours = await runOurs(image, { offset, length, extensions, jit: this.#jit, seconds });
    return { ours, theirs: await theirs };
  }

  /** The differences of one sequence run by itself; undefined if a machine did not come to an end. */
  async #differences(sequence) {
    const { ours, theirs } = await this.#run([sequence], 10);
    if (ours === undefined || theirs === undefined)
      return [{ what: 'the end', ours: `${ours && 'reached'}`, theirs: `${theirs && 'reached'}` }];
    return this.#world.differences(this.#block(ours, 0), this.#block(theirs, 0));
  }

  /** A batch that did not end: halves of it until one sequence is left. */
  async #hang(sequences, isOurs) {
    let rest = sequences;
    while (rest.length > 1) {
      const half = rest.slice(0, rest.length >> 1);
      const { ours, theirs } = await this.#run(half, 10);
      rest = (isOurs ? ours : theirs) === undefined ? half : rest.slice(rest.length >> 1);
    }
    return this.#examine(rest[0]);
  }

  /** `inBatch`: its differences where it ran with others. */
  async #examine(sequence, inBatch = []) {
    let best = sequence;
    let found = await this.#differences(sequence);
    if (found.length === 0) {
      return {
        kind: 'not alone',
        text: `a sequence that differs only in its batch:\n${this.#describe(sequence, inBatch)}`,
      };
    }
    // Shorter, but still the same failure: a hang stays one, and a register that differed still does.
    const first = new Map(found.map((difference) => [difference.what, difference]));
    const isSame = ({ what, ours, theirs }) => {
      const before = first.get(what);
      if (!this.#world.simpler) return before !== undefined;
      return before?.ours === ours && before.theirs === theirs;
    };
    const attempt = async (candidate) => {
      const differs = await this.#differences(candidate);
      if (!differs.some(isSame)) return false;
      best = candidate;
      found = differs;
      return true;
    };
    for (let size = best.items.length >> 1; size >= 1; size >>= 1) {
      for (let at = 0; at < best.items.length; ) {
        const items = best.items.toSpliced(at, size);
        if (items.length === 0 || !(await attempt({ ...best, items }))) at += size;
      }
    }
    for (const items of best.items.map((item, i) => best.items.with(i, { ...item, skip: 0 }))) {
      if (items.some(({ skip }, i) => skip !== best.items[i].skip)) await attempt({ ...best, items });
    }
    if (this.#world.simpler) await this.#simplerForms(attempt, () => best);
    else await this.#simplify(best, attempt, () => best);
    return { kind: kindOf(best, found), text: this.#describe(best, found) };
  }

  /** What the world says is simpler, until nothing is that still fails. */
  async #simplerForms(attempt, current) {
    for (let again = true; again; ) {
      again = false;
      for (const candidate of this.#world.simpler(current())) {
        if (!(await attempt(candidate))) continue;
        again = true;
        break;
      }
    }
  }

  /** Zeros what of the state does not matter. */
  async #simplify(first, attempt, current) {
    const without = (state, name, indexes) => ({
      ...state,
      [name]: state[name].map((value, i) => (indexes.includes(i) && typeof value === 'bigint' ? 0n : value)),
    });
    for (const name of this.#world.arrays) {
      let groups = [Array.from({ length: first.state[name].length }, (_, i) => i)];
      while (groups.length > 0) {
        const indexes = groups.shift();
        const { state } = current();
        if (indexes.every((i) => state[name][i] === 0n || typeof state[name][i] !== 'bigint')) continue;
        if (await attempt({ ...current(), state: without(state, name, indexes) })) continue;
        const half = indexes.length >> 1;
        if (half > 0) groups = [indexes.slice(0, half), indexes.slice(half), ...groups];
      }
    }
    for (const change of this.#world.plain) {
      await attempt({ ...current(), state: { ...current().state, ...change } });
    }
    await attempt({ ...current(), window: new Uint8Array(current().window.length) });
  }

  #describe({ items, state }, found) {
    const differing = found.map(({ what, ours, theirs }) => `  ${what}: ours ${ours}, ${this.#model.name} ${theirs}`);
    if (this.#world.describe) return [...this.#world.describe({ items, state }), ...differing].join('\n');
    const lines = [];
    let at = 0n;
    for (const item of items) {
      for (const { word, length } of item.words(item.length)) {
        lines.push(`  +${at.toString(16)}  ${word.toString(16).padStart(length * 2, '0')}  ${disassemble(word, at)}`);
        at += BigInt(length);
      }
      if (item.skip) lines.push(`       (over ${item.skip} more)`);
    }
    return [...lines, `  with ${this.#world.stateWords(state).join(' ')}`, ...differing].join('\n');
  }
}

/** Failures of one kind are told once: the same instructions, the same sort of difference. */
function kindOf({ items }, found) {
  const sorts = new Set(found.map(({ what }) => what.replace(/\d+/g, '').replace(/^[a-z]+$/, 'register')));
  return `${items.map(({ name }) => name).join(' ')}: ${[...sorts].join(', ')}`;
}
