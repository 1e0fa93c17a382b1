// A batch: sequences made, run on both machines, compared; and a failing sequence made as short as it still fails.
import { disassemble, gprNames } from '../../dist/isa/index.js';
import { differences, differing } from './compare.mjs';
import { makeSequence, repertoire } from './generate.mjs';
import { BLOCK_BYTES, BLOCKS, buildImage, CODE, CODE_LIMIT, codeBytes, MAX_SEQUENCES } from './layout.mjs';
import { runOurs, runQemu } from './machines.mjs';
import { wrongCsrsIn, wrongIn } from './quirks.mjs';
import { Random } from './random.mjs';

/** Failing sequences of a batch that are looked into. */
const EXAMINED = 3;

export class Fuzzer {
  sequences = 0;
  instructions = 0;
  #qemu;
  #drawn;
  #length;
  #jit;

  constructor(qemu, { only = [], length = 16, jit = 'off' } = {}) {
    this.#qemu = qemu;
    this.#jit = jit;
    this.#drawn = repertoire(qemu.extensions, {
      only,
      wrong: wrongIn(qemu.version),
      wrongCsrs: wrongCsrsIn(qemu.version),
    });
    this.#length = length;
    if (this.#drawn.weighted.length === 0) throw new Error(`no instruction is called ${only.join(' or ')}`);
  }

  /** Runs up to `count` sequences of a seed; the differences: { kind, text }. */
  async batch(seed, count) {
    const random = new Random(seed);
    const sequences = [];
    for (let code = CODE; sequences.length < Math.min(count, MAX_SEQUENCES); ) {
      const sequence = makeSequence(random, this.#drawn, this.#length);
      code += codeBytes(sequence.items);
      if (code > CODE_LIMIT) break;
      sequences.push(sequence);
    }
    this.sequences += sequences.length;
    this.instructions += sequences.reduce((sum, { items }) => sum + items.length, 0);
    const { ours, theirs } = await this.#run(sequences);
    if (ours === undefined || theirs === undefined) return [await this.#hang(sequences, ours === undefined)];
    const failures = [];
    for (const index of differing(ours, theirs).slice(0, EXAMINED))
      failures.push(await this.#examine(sequences[index]));
    return failures;
  }

  async #run(sequences, seconds = 60) {
    const image = buildImage(sequences);
    const theirs = runQemu(this.#qemu, image, { offset: BLOCKS, seconds });
    const ours = await runOurs(image, { offset: BLOCKS, extensions: this.#qemu.extensions, jit: this.#jit, seconds });
    return { ours, theirs: await theirs };
  }

  /** The differences of one sequence run by itself; undefined if a machine did not come to an end. */
  async #differences(sequence) {
    const { ours, theirs } = await this.#run([sequence], 10);
    if (ours === undefined || theirs === undefined)
      return [{ what: 'the end', ours: `${ours && 'reached'}`, theirs: `${theirs && 'reached'}` }];
    return differences(ours.subarray(0, BLOCK_BYTES), theirs.subarray(0, BLOCK_BYTES));
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

  async #examine(sequence) {
    let best = sequence;
    let found = await this.#differences(sequence);
    if (found.length === 0) return { kind: 'not alone', text: 'a sequence that differs only in its batch' };
    const attempt = async (candidate) => {
      const differs = await this.#differences(candidate);
      if (differs.length === 0) return false;
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
    await this.#simplify(best, attempt, () => best);
    return { kind: kindOf(best, found), text: describe(best, found) };
  }

  /** Zeros what of the state does not matter. */
  async #simplify(first, attempt, current) {
    const without = (state, name, indexes) => ({
      ...state,
      [name]: state[name].map((value, i) => (indexes.includes(i) && typeof value === 'bigint' ? 0n : value)),
    });
    for (const name of ['x', 'f']) {
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
    for (const change of [{ fcsr: 0n }, { mstatus: 0x7800n }]) {
      await attempt({ ...current(), state: { ...current().state, ...change } });
    }
    await attempt({ ...current(), window: new Uint8Array(current().window.length) });
  }
}

/** Failures of one kind are told once: the same instructions, the same sort of difference. */
function kindOf({ items }, found) {
  const sorts = new Set(found.map(({ what }) => what.replace(/\d+/g, '').replace(/^[a-z]+$/, 'register')));
  return `${items.map(({ name }) => name).join(' ')}: ${[...sorts].join(', ')}`;
}

function describe({ items, state }, found) {
  const lines = [];
  let at = 0n;
  for (const item of items) {
    for (const { word, length } of item.words(item.length)) {
      lines.push(`  +${at.toString(16)}  ${word.toString(16).padStart(length * 2, '0')}  ${disassemble(word, at)}`);
      at += BigInt(length);
    }
    if (item.skip) lines.push(`       (over ${item.skip} more)`);
  }
  const hex = (value) => `0x${value.toString(16)}`;
  const set = [
    ...state.x.map((value, n) =>
      value === 0n || n === 0
        ? ''
        : `${gprNames[n]}=${typeof value === 'bigint' ? hex(value) : `window+${value.window}`}`,
    ),
    ...state.f.map((value, n) => (value === 0n ? '' : `f${n}=${hex(value)}`)),
    `fcsr=${hex(state.fcsr)}`,
    `mstatus=${hex(state.mstatus)}`,
  ].filter((word) => word !== '');
  return [
    ...lines,
    `  with ${set.join(' ')}`,
    ...found.map(({ what, ours, theirs }) => `  ${what}: ours ${ours}, QEMU ${theirs}`),
  ].join('\n');
}
