// Random numbers that a seed decides, and the values that find mistakes: edges of ranges, single bits, NaN boxes.

/** xoshiro128** over a seed; draws are 32-bit. */
export class Random {
  #state;

  constructor(seed) {
    let z = (seed >>> 0) ^ 0x9e37_79b9;
    this.#state = Uint32Array.from({ length: 4 }, () => {
      z = (z + 0x9e37_79b9) >>> 0;
      let t = Math.imul(z ^ (z >>> 16), 0x85eb_ca6b);
      t = Math.imul(t ^ (t >>> 13), 0xc2b2_ae35);
      return t ^ (t >>> 16);
    });
  }

  u32() {
    const s = this.#state;
    const five = Math.imul(s[1], 5);
    const result = Math.imul((five << 7) | (five >>> 25), 9) >>> 0;
    const t = s[1] << 9;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = (s[3] << 11) | (s[3] >>> 21);
    return result;
  }

  u64() {
    return (BigInt(this.u32()) << 32n) | BigInt(this.u32());
  }

  /** 0 to n - 1. */
  below(n) {
    return Math.floor((this.u32() / 2 ** 32) * n);
  }

  /** True with probability `p`. */
  chance(p) {
    return this.u32() < p * 2 ** 32;
  }

  pick(list) {
    return list[this.below(list.length)];
  }
}

const ONES = (1n << 64n) - 1n;
const u64 = (value) => BigInt.asUintN(64, value);

const INTEGERS = [
  ...[0n, 1n, 2n, 3n, -1n, -2n, 0x7fn, 0x80n, 0xffn, 0x7fffn, 0x8000n, 0xffffn],
  ...[0x7fff_ffffn, 0x8000_0000n, 0xffff_ffffn, 0x1_0000_0000n, -0x8000_0000n, -0x8000_0001n],
  ...[(1n << 63n) - 1n, 1n << 63n, (1n << 63n) + 1n, 0x5555_5555_5555_5555n, 0xaaaa_aaaa_aaaa_aaaan],
  ...[0x0123_4567_89ab_cdefn, 0xffff_ffff_0000_0000n, 0x8080_8080_8080_8080n, 0x7f7f_7f7f_7f7f_7f7fn],
].map(u64);

/** A value for an integer register. */
export function integer(random) {
  switch (random.below(8)) {
    case 0:
    case 1:
    case 2:
      return random.pick(INTEGERS);
    case 3:
      return 1n << BigInt(random.below(64));
    case 4:
      return u64(BigInt(random.below(256)) - 128n);
    case 5:
      return u64(BigInt(random.u32() | 0));
    case 6:
      return random.u64() >> BigInt(random.below(64));
    default:
      return random.u64();
  }
}

const FORMATS = {
  h: { exponent: 5, fraction: 10 },
  s: { exponent: 8, fraction: 23 },
  d: { exponent: 11, fraction: 52 },
};

/** The bits of a floating-point number of a format: zeros, subnormals, infinities, NaNs of both kinds, and the rest. */
export function float(random, format) {
  const { exponent: e, fraction: f } = FORMATS[format];
  const sign = BigInt(random.below(2)) << BigInt(e + f);
  const top = (1n << BigInt(e)) - 1n;
  const mask = (1n << BigInt(f)) - 1n;
  const fraction = random.pick([
    0n,
    1n,
    2n,
    mask,
    mask - 1n,
    1n << BigInt(f - 1),
    (1n << BigInt(f - 1)) - 1n,
    random.u64() & mask,
  ]);
  const bias = top >> 1n;
  const near = BigInt.asUintN(e, bias + BigInt(random.below(140) - 70));
  const exponent = random.pick([
    0n,
    0n,
    1n,
    top,
    top - 1n,
    bias,
    bias - 1n,
    bias + BigInt(f),
    near,
    near,
    near,
    random.u64() & top,
  ]);
  return sign | (exponent << BigInt(f)) | fraction;
}

/** A value for a floating-point register: a double, or a smaller number in its box, rightly or not. */
export function floatRegister(random) {
  switch (random.below(8)) {
    case 0:
    case 1:
    case 2:
      return float(random, 'd');
    case 3:
    case 4:
      return u64((ONES << 32n) | float(random, 's'));
    case 5:
    case 6:
      return u64((ONES << 16n) | float(random, 'h'));
    default:
      return random.u64();
  }
}
