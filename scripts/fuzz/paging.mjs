// Sequences about paging: random page tables of one and two stages, and accesses through them as every mode makes them, with PMP
// below, entries changed and fenced in between. What is compared: every access's result or trap, the A and D bits of all entries
// afterwards, and the data.

import { PMM, tagged } from './masking.mjs';
import {
  ACCESSES,
  ACTION,
  ACTIONS,
  accessAddress,
  BLOCK_BYTES,
  BLOCKS,
  buildImage,
  DATA,
  fenceAddress,
  MAX_SEQUENCES,
  MOST_ACTIONS,
  MOST_POKES,
  POKES,
  POOL,
  RESULT_BYTES,
  RESULT_FIELDS,
  RESULTS,
  ROUTINES,
  routineOffset,
  SUM,
} from './paging-program.mjs';
import * as ofQemu from './paging-quirks.mjs';
import * as ofSpike from './paging-spike.mjs';
import { dataPage, entryWords, LEVELS, Tables } from './paging-tables.mjs';

const hex = (value) => `0x${value.toString(16)}`;
const ONES = (1n << 64n) - 1n;
const MPRV = 1n << 17n;
const SUM_BIT = 1n << 18n;
const MXR = 1n << 19n;
const MPV = 1n << 39n;
const XLEN = (2n << 34n) | (2n << 32n);
const SPVP = 1n << 8n;
const HU = 1n << 9n;
const ADUE = 1n << 61n;
const PBMTE = 1n << 62n;
const CACHE_BLOCKS = 0xf0n;
const SSE = 8n;
const MODES = { U: { mpp: 0n }, S: { mpp: 1n }, VU: { mpp: 0n, guest: true }, VS: { mpp: 1n, guest: true } };
const ASID = 0x15n;
const VMID = 0x2an;

/** Extensions that are on besides the others: A and D bits are set by hardware or not, as menvcfg has it. */
export const WITH = ['svadu', 'svade', 'zicfiss'];

const flip = (random, bit) => (random.chance(0.3) ? bit : 0n);

/** Where hardware writes to tables they are writable or not to be reached at all: QEMU does not ask for these writes. */
function makePmp(random, csrs) {
  const choices = csrs.menvcfg & ADUE ? [0, 3, 7] : [0, 1, 3, 4, 5, 7];
  let config = 0x1fn << 56n;
  for (let i = 0; i < 7; i++) csrs[`pmpaddr${i}`] = 0n;
  csrs.pmpaddr7 = ONES >> 10n;
  const entries = random.chance(0.3) ? 1 + random.below(3) : 0;
  for (let i = 0; i < entries; i++) {
    const rights = BigInt(random.pick(choices));
    const at = POOL + BigInt(random.below(0x9_0000 >> 3)) * 8n;
    const n = random.below(7) * 2;
    if (n > 0) {
      const size = BigInt(2 + Math.min(n, 12));
      csrs[`pmpaddr${i * 2 + 1}`] = (((at >> size) << size) >> 2n) | ((1n << (size - 3n)) - 1n);
      config |= (0x18n | rights) << BigInt((i * 2 + 1) * 8);
    } else {
      // From one address to another, or four bytes; entries of tables are not divided, since M mode writes them as a whole.
      const inData = at >= DATA;
      const four = inData && random.chance(0.3);
      csrs[`pmpaddr${i * 2}`] = at >> 2n;
      csrs[`pmpaddr${i * 2 + 1}`] = four
        ? at >> 2n
        : (at >> 2n) + BigInt(random.pick(inData ? [1, 2, 3, 1024, 4096] : [2, 4, 1024, 4096]));
      config |= ((four ? 0x10n : 8n) | rights) << BigInt((i * 2 + 1) * 8);
    }
  }
  csrs.pmpcfg0 = config;
}

/** Virtual addresses of a sequence: { space, va, user } for data, and for the routines. */
function makeMaps(random, tables, spaces) {
  const maps = [];
  for (const space of spaces) {
    for (let n = 1 + random.below(2); n > 0; n--) {
      const user = random.chance(0.5);
      const target = dataPage(random);
      const va = tables.mapVirtual(space, target, { user });
      if (va === undefined) continue;
      maps.push({ space, va, user });
      if (random.chance(0.4)) {
        tables.mapVirtual(space, dataPage(random), { va: BigInt.asUintN(64, va + 4096n), user });
      }
    }
    if (random.chance(0.5)) {
      const user = random.chance(0.5);
      const va = tables.mapVirtual(space, ROUTINES, { user });
      if (va !== undefined) maps.push({ space, va, user, routines: true });
    }
  }
  return maps;
}

const OFFSETS = [0n, 8n, 0x40n, 0x123n, 0x800n, 0xff0n, 0xff8n, 0xffan, 0xffcn, 0xffdn, 0xffen, 0xfffn];

/** One of the two bytes of which data are made, in all places. */
function operand(random) {
  let value = 0n;
  for (let i = 0; i < 8; i++) value = (value << 8n) | (random.chance(0.5) ? 0x7bn : 0xfbn);
  return value;
}

/** The fences that cover a change of an entry of a stage. */
const FENCES_OF = {
  second: ['hfence.gvma', 'hinval.gvma'],
  guest: ['hfence.vvma', 'hinval.vvma'],
  host: ['sfence.vma', 'sinval.vma'],
};
const BY_ADDRESS = 1;
const BY_SPACE = 2;

/** A change of an entry and a fence that covers it: by address only that of a leaf, by space only where nothing is global. */
function makePoke(random, tables) {
  const [at, value] = random.pick([...tables.pokes]);
  const bits = [0x40n, 0x80n, 2n, 4n, 8n, 0x10n, 1n, 1n << BigInt(10 + random.below(4))];
  const changed = value ^ random.pick(bits);
  tables.pokes.set(at, changed);
  const { stage, address, bits: own } = tables.entries.get(at);
  const isLeaf = address !== undefined && (value & 0xfn) > 1n;
  const isGlobal = stage !== 'second' && [...tables.pokes.values(), value].some((pte) => pte & 0x20n);
  const form = (isLeaf && random.chance(0.5) ? BY_ADDRESS : 0) | (!isGlobal && random.chance(0.5) ? BY_SPACE : 0);
  const name = random.pick(FENCES_OF[stage]);
  const span = isLeaf ? (1n << BigInt(own)) - 1n : 0n;
  const within = isLeaf ? (address & ~span) | (random.u64() & span & ~0xfffn) : 0n;
  const levels = LEVELS[tables.modeOf(stage)];
  const named = stage === 'second' ? within >> 2n : BigInt.asUintN(64, BigInt.asIntN(12 + 9 * levels, within));
  const operands = ['', hex(named), `space ${stage === 'second' ? VMID : ASID}`].filter((_, i) => i === 0 || form & i);
  return {
    pokeAt: at,
    pokeValue: changed,
    fence: fenceAddress(name, form),
    fenceAddress: named,
    fenceSpace: stage === 'second' ? VMID : ASID,
    words: `${hex(at)} becomes ${entryWords(changed)}; ${name} ${operands.join(' ')}`,
  };
}

function makeAction(random, { maps, vsstatus, shadow, masking }) {
  // What shadow stacks mean depends on the mode that runs; QEMU asks for that one with MPRV, too.
  const map = random.pick(shadow ? maps.filter(({ routines }) => routines) : maps);
  const guest = map.space === 'guest';
  const user = random.chance(0.85) ? map.user : !map.user;
  const modeName = guest ? (user ? 'VU' : 'VS') : user ? 'U' : 'S';
  const mode = MODES[modeName];
  let va = (map.va & ~0xfffn) | (map.va & 0xfffn);
  if (!map.routines) va += random.pick(OFFSETS);
  if (random.chance(0.03)) va ^= 1n << BigInt(38 + random.below(26));
  va = tagged(random, BigInt.asUintN(64, va), masking);
  const status = (mode.mpp << 11n) | (guest ? MPV : 0n) | XLEN | flip(random, SUM_BIT) | flip(random, MXR);
  const action = {
    enters: 0n,
    mstatus: status,
    hstatus:
      (random.chance(0.5) ? SPVP : 0n) | flip(random, HU) | (2n << 32n) | (masking ? random.pick(PMM) << 48n : 0n),
    vsstatus,
    address: va,
    operand: operand(random),
    pokeAt: 0n,
    fence: 0n,
  };
  const candidates = ACCESSES.map((access, index) => ({ ...access, index }));
  const how = random.below(10);
  if (map.routines || how < 2) {
    // Goes there: to a routine, or to data, which are no instructions.
    const mine = maps.filter(({ space }) => space === map.space);
    const guests = maps.filter(({ space }) => space === 'guest');
    const access = random.pick(candidates.filter(({ kind }) => guests.length > 0 || !kind.startsWith('guest')));
    const data = random.pick(access.kind.startsWith('guest') ? guests : mine);
    action.enters = 1n;
    action.target = map.routines ? BigInt.asUintN(64, va + routineOffset(access.index)) : va & ~1n;
    const at = BigInt.asUintN(64, data.va + (data.routines ? 0x800n : random.pick(OFFSETS)));
    action.address = tagged(random, at, masking);
    const what = map.routines ? `${access.name} of 0x${action.address.toString(16)}` : 'fetch';
    return {
      action,
      name: map.routines ? access.name : 'fetch',
      words: `in ${modeName} at 0x${action.target.toString(16)}: ${what}`,
    };
  }
  const byGuest = candidates.filter(({ kind }) => kind !== 'shadow' && kind.startsWith('guest') === (guest && how < 5));
  const access = random.pick(byGuest);
  action.target = accessAddress(access.index);
  if (!access.kind.startsWith('guest')) action.mstatus |= MPRV;
  else if (random.chance(0.85)) action.hstatus = (action.hstatus & ~SPVP) | (user ? 0n : SPVP);
  const as = access.kind.startsWith('guest') ? `SPVP=${(action.hstatus >> 8n) & 1n}` : `as ${modeName}`;
  return { action, name: access.name, words: `${access.name} ${as} of 0x${va.toString(16)}` };
}

const MODE_NUMBERS = [8n, 8n, 9n, 10n];

function makeSequence(random, length, masking) {
  const csrs = {};
  const two = random.chance(0.65);
  const environment =
    (random.chance(0.6) ? ADUE : 0n) |
    (random.chance(0.7) ? PBMTE : 0n) |
    (random.chance(0.3) ? SSE : 0n) |
    CACHE_BLOCKS;
  const hgatp = two ? random.pick([0n, ...MODE_NUMBERS]) : 0n;
  const tables = new Tables(random, {
    faults: random.pick([0, 0.02, 0.05, 0.15]),
    hgatp,
    // QEMU takes the reserved type where types are on.
    types: environment & PBMTE ? [1n, 2n] : [1n, 2n, 3n],
    shadow: (environment & SSE) !== 0n,
  });
  const spaces = [];
  csrs.senvcfg = CACHE_BLOCKS | (environment & SSE);
  csrs.menvcfg = environment;
  csrs.henvcfg = environment;
  csrs.hgatp = hgatp === 0n ? 0n : (hgatp << 60n) | (VMID << 44n) | (tables.secondRoot >> 12n);
  csrs.satp = 0n;
  csrs.vsatp = 0n;
  if (two) {
    const mode = random.pick([0n, ...MODE_NUMBERS]);
    const root = tables.addFirst('guest', mode, true);
    spaces.push('guest');
    if (mode !== 0n && root !== undefined) csrs.vsatp = (mode << 60n) | (ASID << 44n) | (root >> 12n);
  }
  if (!two || random.chance(0.2)) {
    const mode = random.pick(MODE_NUMBERS);
    const root = tables.addFirst('host', mode, false);
    spaces.push('host');
    csrs.satp = (mode << 60n) | (ASID << 44n) | (root >> 12n);
  }
  if (masking) for (const name of ['menvcfg', 'henvcfg', 'senvcfg']) csrs[name] |= random.pick(PMM) << 32n;
  makePmp(random, csrs);
  const maps = makeMaps(random, tables, spaces);
  const shadow = (environment & SSE) !== 0n;
  const isUsable = shadow ? maps.some(({ routines }) => routines) : maps.length > 0;
  if (!isUsable || tables.pokes.size > MOST_POKES) return makeSequence(random, length, masking);
  const pokes = [...tables.pokes].map(([at, value]) => ({ at, value }));
  // One for all: QEMU does not notice when M mode changes it.
  const vsstatus = flip(random, SUM_BIT) | flip(random, MXR) | (2n << 32n);
  const items = [];
  const most = Math.min(MOST_ACTIONS, length);
  for (let n = 1 + random.below(most); n > 0; n--) {
    const item = makeAction(random, { maps, vsstatus, shadow, masking });
    if (tables.pokes.size > 0 && random.chance(0.15)) {
      const { words, ...poke } = makePoke(random, tables);
      Object.assign(item.action, poke);
      item.words = `${words}; ${item.words}`;
    }
    items.push({ ...item, length: 0 });
    // QEMU keeps what HLVX may read as if loads might.
    if (item.name.startsWith('hlvx')) break;
  }
  return { items, state: { csrs, pokes } };
}

/** What an action of a block does: the access, and whether its addresses are a guest's. */
function accessOf(view, at) {
  const target = view.getBigUint64(at + ACTION.target, true);
  const mstatus = view.getBigUint64(at + ACTION.mstatus, true);
  const guestMode = (mstatus & MPV) !== 0n;
  const enters = view.getBigUint64(at + ACTION.enters, true) !== 0n;
  const access = ACCESSES[Number((enters ? target & 0xfffn : target - accessAddress(0)) / 8n)] ?? {};
  return { ...access, enters, target, guestMode, mxr: (mstatus & MXR) !== 0n };
}

/** Is an address that a trap wrote down a guest's? */
function isGuestAddress({ enters, target, guestMode, kind = '' }, { mepc, mcause }) {
  const fetched = [0n, 1n, 12n, 20n].includes(mcause);
  const ofGuest = kind.startsWith('guest') && !fetched && mepc === target;
  return guestMode && (enters || !kind.startsWith('guest')) ? true : ofGuest;
}

/** Causes whose mtval is an address. */
const isAddress = (cause) => [0n, 1n, 4n, 5n, 6n, 7n, 12n, 13n, 15n, 20n, 21n, 23n].includes(cause);

function differences({ asSpecified, entryAsSpecified, isTorn, partsWays, specialIn }, ours, theirs) {
  const { GVA, STATUS } = ofQemu;
  const views = [ours, theirs].map((block) => new DataView(block.buffer, block.byteOffset, block.byteLength));
  const [a] = views;
  const found = [];
  const look = (what, at) => {
    const [mine, other] = views.map((view) => view.getBigUint64(at, true));
    if (mine !== other) found.push({ what, ours: hex(mine), theirs: hex(other) });
  };
  const special = specialIn(a);
  const made = { hasAtomic: false, hasBlock: false, hasShadow: false, isTorn: false, astray: special.astray };
  for (let i = 0; i < MOST_ACTIONS; i++) {
    const at = RESULTS + i * RESULT_BYTES;
    const results = views.map((view) =>
      Object.fromEntries(RESULT_FIELDS.map((name, n) => [name, view.getBigUint64(at + n * 8, true)])),
    );
    const access = { ...accessOf(a, ACTIONS + i * ACTION.bytes), ...special };
    made.hasAtomic ||= access.kind === 'atomic';
    made.hasBlock ||= access.kind === 'block';
    made.hasShadow ||= access.kind === 'shadow';
    made.isTorn ||= isTorn(access, results[0]);
    const [mine] = results;
    if (isAddress(mine.mcause)) {
      const expected = isGuestAddress(access, mine) ? GVA : 0n;
      const said = mine.mstatus & GVA;
      if (said !== expected) {
        found.push({ what: `access ${i + 1} GVA`, ours: hex(said), theirs: `${hex(expected)} by the text` });
      }
    }
    if (partsWays(access, ...results)) return found;
    const other = asSpecified(access, ...results);
    for (const name of RESULT_FIELDS) {
      const mask = name === 'mstatus' ? STATUS : ONES;
      if ((mine[name] & mask) === (other[name] & mask)) continue;
      found.push({ what: `access ${i + 1} ${name}`, ours: hex(mine[name]), theirs: hex(other[name]) });
    }
  }
  if (!made.isTorn) {
    look('data', SUM);
    look('where data', SUM + 8);
  }
  for (let at = POKES; at + 16 <= BLOCK_BYTES; at += 16) {
    const [mine, other] = views.map((view) => view.getBigUint64(at + 8, true));
    if (mine === entryAsSpecified(mine, other, made)) continue;
    found.push({ what: `entry at ${hex(a.getBigUint64(at, true))}`, ours: hex(mine), theirs: hex(other) });
  }
  return found;
}

/** Simpler forms of a sequence, for shrinking: entries left out, entries without what is not plain, plain CSRs. */
function* simpler({ items, state }) {
  for (let i = state.pokes.length - 1; i >= 0; i--)
    yield { items, state: { ...state, pokes: state.pokes.toSpliced(i, 1) } };
  for (let i = 0; i < state.pokes.length; i++) {
    const { at, value } = state.pokes[i];
    const leaf = (value & 0xen) !== 0n;
    for (const plain of [
      value & ~(7n << 61n),
      value & ~0x320n,
      leaf ? value | 0xc0n : value,
      leaf ? value | 0xen : value,
    ]) {
      if (plain !== value) yield { items, state: { ...state, pokes: state.pokes.with(i, { at, value: plain }) } };
    }
  }
  const plainPmp = Object.fromEntries(Array.from({ length: 7 }, (_, i) => [`pmpaddr${i}`, 0n]));
  const openPmp = 0x1fn << 56n;
  if (state.csrs.pmpcfg0 !== openPmp) {
    yield { items, state: { ...state, csrs: { ...state.csrs, ...plainPmp, pmpcfg0: openPmp } } };
  }
  for (const [name, value] of [
    ['satp', 0n],
    ['vsatp', 0n],
    ['hgatp', 0n],
    ['menvcfg', CACHE_BLOCKS],
  ]) {
    if (state.csrs[name] === value) continue;
    const changes = name === 'menvcfg' ? { menvcfg: value, henvcfg: value } : { [name]: value };
    yield { items, state: { ...state, csrs: { ...state.csrs, ...changes } } };
  }
  for (let i = 0; i < items.length; i++) {
    const { action } = items[i];
    const changes = [{ vsstatus: 2n << 32n }, { pokeAt: 0n }, { fence: 0n }];
    for (const bit of [SUM_BIT, MXR]) if (action.mstatus & bit) changes.push({ mstatus: action.mstatus & ~bit });
    for (const change of changes) {
      if (Object.entries(change).every(([name, value]) => action[name] === value)) continue;
      yield { items: items.with(i, { ...items[i], action: { ...action, ...change } }), state };
    }
  }
}

/** The world of paging, as it is compared with a model; with Spike, pointers are masked too. */
export function paging({ name }) {
  const isSpike = name === 'Spike';
  return {
    blocks: BLOCKS,
    blockBytes: BLOCK_BYTES,
    most: MAX_SEQUENCES,
    makeSequence: (random, length) => makeSequence(random, length, isSpike),
    buildImage,
    differences: (ours, theirs) => differences(isSpike ? ofSpike : ofQemu, ours, theirs),
    simpler,
    describe: ({ items, state: { csrs, pokes } }) => [
      ...items.map(({ words, action }, i) => {
        const bits = ['mstatus', 'hstatus', 'vsstatus'].map((name) => `${name}=${hex(action[name])}`);
        return `  ${i + 1}. ${words} (${bits.join(' ')})`;
      }),
      `  ${Object.entries(csrs)
        .filter(([, value]) => value !== 0n)
        .map(([name, value]) => `${name}=${hex(value)}`)
        .join(' ')}`,
      ...pokes.map(({ at, value }) => `  ${hex(at)}: ${entryWords(value)}`),
    ],
  };
}
