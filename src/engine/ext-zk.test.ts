// The scalar cryptography instructions against the published examples of the algorithms they are for, computed by guest programs.
// Unpriv. ISA, "Cryptography Extensions: Scalar & Entropy Source Instructions"; FIPS 197, FIPS 180-4, GB/T 32907, GB/T 32905.
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { cause, sext, TestHart, u64 } from './engine-testing/hart.js';
import { expectUnary } from './engine-testing/operands.js';

let hart: TestHart;
beforeAll(async () => {
  hart = await TestHart.create();
});
beforeEach(() => hart.configure());

/** A string of hexadecimal bytes as a little-endian number. */
const bytes = (hex: string): bigint => BigInt(`0x${hex.match(/../g)!.reverse().join('')}`);
const low64 = (value: bigint): bigint => u64(value);

/** Executes `instruction` on a1 and a2; the result in a0. */
function execute(instruction: string, a: bigint, b = 0n): bigint {
  hart.load(instruction);
  expect(hart.run({ a1: a, a2: b })).toBe('done');
  return hart.x('a0');
}

describe('AES', () => {
  // FIPS 197, appendix C: the same text under keys of all three lengths.
  const plain = bytes('00112233445566778899aabbccddeeff');
  const examples = [
    { name: '128', key: '000102030405060708090a0b0c0d0e0f', cipher: '69c4e0d86a7b0430d8cdb78070b4c55a' },
    {
      name: '256',
      key: '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f',
      cipher: '8ea2b7ca516745bfeafc49904b496089',
    },
  ];

  /** The key schedule as doublewords, by aes64ks1i and aes64ks2. */
  function schedule(key: string): bigint[] {
    const length = key.length / 16;
    const words = Array.from({ length }, (_, n) => bytes(key.slice(16 * n, 16 * n + 16)));
    const rounds = length === 2 ? 10 : 14;
    for (let round = 0; words.length < 2 * (rounds + 1); round++) {
      let t = execute(`aes64ks1i a0, a1, ${round}`, words.at(-1)!);
      words.push(execute('aes64ks2 a0, a1, a2', t, words.at(-length)!));
      words.push(execute('aes64ks2 a0, a1, a2', words.at(-1)!, words.at(-length)!));
      if (length === 4 && words.length < 2 * (rounds + 1)) {
        t = execute('aes64ks1i a0, a1, 10', words.at(-1)!);
        words.push(execute('aes64ks2 a0, a1, a2', t, words.at(-length)!));
        words.push(execute('aes64ks2 a0, a1, a2', words.at(-1)!, words.at(-length)!));
      }
    }
    return words;
  }

  test.each(examples)('encryption_AES-$name of FIPS 197_gives its cipher text', ({ key, cipher }) => {
    const keys = schedule(key);
    const last = keys.length / 2 - 1;
    let [low, high] = [low64(plain) ^ keys[0]!, (plain >> 64n) ^ keys[1]!];
    for (let round = 1; round <= last; round++) {
      const name = round === last ? 'aes64es' : 'aes64esm';
      const [a, b] = [execute(`${name} a0, a1, a2`, low, high), execute(`${name} a0, a1, a2`, high, low)];
      [low, high] = [a ^ keys[2 * round]!, b ^ keys[2 * round + 1]!];
    }
    expect(low | (high << 64n)).toBe(bytes(cipher));
  });

  test.each(examples)('decryption_AES-$name of FIPS 197_gives its plain text', ({ key, cipher }) => {
    const keys = schedule(key);
    const last = keys.length / 2 - 1;
    const inverse = keys.map((k, n) => (n < 2 || n >= 2 * last ? k : execute('aes64im a0, a1', k)));
    let [low, high] = [low64(bytes(cipher)) ^ inverse[2 * last]!, (bytes(cipher) >> 64n) ^ inverse[2 * last + 1]!];
    for (let round = last - 1; round >= 0; round--) {
      const name = round === 0 ? 'aes64ds' : 'aes64dsm';
      const [a, b] = [execute(`${name} a0, a1, a2`, low, high), execute(`${name} a0, a1, a2`, high, low)];
      [low, high] = [a ^ inverse[2 * round]!, b ^ inverse[2 * round + 1]!];
    }
    expect(low | (high << 64n)).toBe(plain);
  });

  test('S-boxes_all bytes_are inversion in GF(2^8) and an affine map', () => {
    const times = (a: number, b: number): number => {
      let sum = 0;
      for (let n = 0; n < 8; n++) if ((b >> n) & 1) sum ^= a << n;
      for (let n = 14; n >= 8; n--) if ((sum >> n) & 1) sum ^= 0x11b << (n - 8);
      return sum;
    };
    for (let value = 0; value < 256; value++) {
      let inverse = 0;
      for (let n = 1; n < 256; n++) if (times(value, n) === 1) inverse = n;
      let image = 0x63;
      for (const shift of [0, 1, 2, 3, 4]) image ^= ((inverse << shift) | (inverse >> (8 - shift))) & 0xff;
      expect(execute('aes64es a0, a1, a2', BigInt(value)) & 0xffn).toBe(BigInt(image));
      expect(execute('aes64ds a0, a1, a2', BigInt(image)) & 0xffn).toBe(BigInt(value));
    }
  });

  test('aes64ks1i_round number above 10_is reserved', () => {
    for (let round = 0; round < 16; round++) {
      hart.loadWords((0x31 << 24) | (round << 20) | (11 << 15) | (1 << 12) | (10 << 7) | 0x13);
      expect([round, hart.run()]).toEqual([round, round <= 10 ? 'done' : cause.illegal]);
    }
  });

  test('Zkne or Zknd off_the other half and the key schedule stay', () => {
    const encryption = ['aes64es a0, a1, a2', 'aes64esm a0, a1, a2'];
    const decryption = ['aes64ds a0, a1, a2', 'aes64dsm a0, a1, a2', 'aes64im a0, a1'];
    const keys = ['aes64ks1i a0, a1, 3', 'aes64ks2 a0, a1, a2'];
    const check = (texts: string[], expected: number | 'done'): void => {
      for (const text of texts) {
        hart.load(text);
        expect([text, hart.run()]).toEqual([text, expected]);
      }
    };
    hart.configure({ off: ['Zkne'] });
    check(encryption, cause.illegal);
    check([...decryption, ...keys], 'done');
    hart.configure({ off: ['Zknd'] });
    check(decryption, cause.illegal);
    check([...encryption, ...keys], 'done');
    hart.configure({ off: ['Zknd', 'Zkne'] });
    check([...encryption, ...decryption, ...keys], cause.illegal);
  });
});

describe('SHA-2', () => {
  const rotate = (bits: number, a: bigint, n: number): bigint =>
    BigInt.asUintN(bits, (a >> BigInt(n)) | (a << BigInt(bits - n)));
  /** FIPS 180-4, 4.1.2 and 4.1.3: three rotations, of sigmas the last one a shift. */
  const functions: [string, number, number, number, number][] = [
    ['sha256sum0', 32, 2, 13, 22],
    ['sha256sum1', 32, 6, 11, 25],
    ['sha256sig0', 32, 7, 18, 3],
    ['sha256sig1', 32, 17, 19, 10],
    ['sha512sum0', 64, 28, 34, 39],
    ['sha512sum1', 64, 14, 18, 41],
    ['sha512sig0', 64, 1, 8, 7],
    ['sha512sig1', 64, 19, 61, 6],
  ];

  test.each(functions)('%s_any operand_as FIPS 180-4 defines it', (name, bits, p, q, r) => {
    expectUnary(hart, `${name} a0, a1`, (value) => {
      const a = BigInt.asUintN(bits, value);
      const third = name.includes('sig') ? a >> BigInt(r) : rotate(bits, a, r);
      return sext(bits, rotate(bits, a, p) ^ rotate(bits, a, q) ^ third);
    });
  });

  test('Zknh off_all are illegal', () => {
    hart.configure({ off: ['Zknh'] });
    for (const [name] of functions) {
      hart.load(`${name} a0, a1`);
      expect([name, hart.run()]).toEqual([name, cause.illegal]);
    }
  });
});

describe('SM4', () => {
  /** Four bytes of the sum through the S-box and a linear map, added to x: T or T' of the standard, by four instructions. */
  function transform(name: 'sm4ed' | 'sm4ks', x: bigint, sum: bigint): bigint {
    return [0, 1, 2, 3].reduce((word, byte) => execute(`${name} a0, a1, a2, ${byte}`, word, sum), x);
  }
  const FK = ['a3b1bac6', '56aa3350', '677d9197', 'b27022dc'].map(bytes);
  const CK = Array.from({ length: 32 }, (_, i) => {
    return [0, 1, 2, 3].reduce((word, j) => word | (BigInt(((4 * i + j) * 7) & 255) << BigInt(8 * j)), 0n);
  });
  const words = (hex: string): bigint[] => hex.match(/.{8}/g)!.map(bytes);

  test('encryption and decryption_example 1 of GB/T 32907_round trip', () => {
    const text = '0123456789abcdeffedcba9876543210';
    const k = words(text).map((word, n) => word ^ FK[n]!);
    const keys: bigint[] = [];
    for (const constant of CK) {
      const key = transform('sm4ks', k[0]!, k[1]! ^ k[2]! ^ k[3]! ^ constant) & 0xffff_ffffn;
      k.push(key);
      k.shift();
      keys.push(key);
    }
    const cipher = (input: bigint[], order: bigint[]): bigint[] => {
      const x = [...input];
      for (const key of order) {
        x.push(transform('sm4ed', x[0]!, x[1]! ^ x[2]! ^ x[3]! ^ key) & 0xffff_ffffn);
        x.shift();
      }
      return x.reverse();
    };
    const encrypted = cipher(words(text), keys);
    expect(encrypted).toEqual(words('681edf34d206965e86b3e94f536e4246'));
    expect(cipher(encrypted, [...keys].reverse())).toEqual(words(text));
  });

  test('result_any operands_is sign-extended and takes the low words only', () => {
    const small = execute('sm4ed a0, a1, a2, 2', 0x7fff_0000n, 0x56_0000n);
    const dirty = execute('sm4ed a0, a1, a2, 2', 0xdead_beef_7fff_0000n, 0xffff_ffff_0056_0000n);
    expect(dirty).toBe(small);
    expect(small).toBe(sext(32, small));
  });

  test('Zksed off_both are illegal', () => {
    hart.configure({ off: ['Zksed'] });
    for (const name of ['sm4ed', 'sm4ks']) {
      hart.load(`${name} a0, a1, a2, 1`);
      expect([name, hart.run()]).toEqual([name, cause.illegal]);
    }
  });
});

describe('SM3', () => {
  const rotate = (a: bigint, n: bigint): bigint => BigInt.asUintN(32, (a << n) | (a >> (32n - n)));
  const P0 = (v: bigint): bigint => {
    const a = BigInt.asUintN(32, v);
    return sext(32, a ^ rotate(a, 9n) ^ rotate(a, 17n));
  };
  const P1 = (v: bigint): bigint => {
    const a = BigInt.asUintN(32, v);
    return sext(32, a ^ rotate(a, 15n) ^ rotate(a, 23n));
  };

  test('sm3p0_any operand_is P0', () => expectUnary(hart, 'sm3p0 a0, a1', P0));
  test('sm3p1_any operand_is P1', () => expectUnary(hart, 'sm3p1 a0, a1', P1));

  test('compression of abc_with both instructions_gives the digest of GB/T 32905', () => {
    const p0 = (v: bigint): bigint => execute('sm3p0 a0, a1', v) & 0xffff_ffffn;
    const p1 = (v: bigint): bigint => execute('sm3p1 a0, a1', v) & 0xffff_ffffn;
    const w = [0x61626380n, ...Array(14).fill(0n), 24n] as bigint[];
    for (let j = 16; j < 68; j++) {
      w.push(p1(w[j - 16]! ^ w[j - 9]! ^ rotate(w[j - 3]!, 15n)) ^ rotate(w[j - 13]!, 7n) ^ w[j - 6]!);
    }
    const iv = '7380166f4914b2b9172442d7da8a0600a96f30bc163138aae38dee4db0fb0e4e';
    const start = iv.match(/.{8}/g)!.map((h) => BigInt(`0x${h}`));
    let [a, b, c, d, e, f, g, h] = start as [bigint, bigint, bigint, bigint, bigint, bigint, bigint, bigint];
    const add = (...terms: bigint[]): bigint =>
      BigInt.asUintN(
        32,
        terms.reduce((x, y) => x + y),
      );
    for (let j = 0; j < 64; j++) {
      const t = rotate(j < 16 ? 0x79cc4519n : 0x7a879d8an, BigInt(j % 32));
      const ss1 = rotate(add(rotate(a, 12n), e, t), 7n);
      const ff = j < 16 ? a ^ b ^ c : (a & b) | (a & c) | (b & c);
      const gg = j < 16 ? e ^ f ^ g : (e & f) | (BigInt.asUintN(32, ~e) & g);
      const tt1 = add(ff, d, ss1 ^ rotate(a, 12n), w[j]! ^ w[j + 4]!);
      const tt2 = add(gg, h, ss1, w[j]!);
      [d, c, b, a] = [c, rotate(b, 9n), a, tt1];
      [h, g, f, e] = [g, rotate(f, 19n), e, p0(tt2)];
    }
    const digest = [a, b, c, d, e, f, g, h].map((v, n) => (v ^ start[n]!).toString(16).padStart(8, '0')).join('');
    expect(digest).toBe('66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0');
  });

  test('Zksh off_both are illegal', () => {
    hart.configure({ off: ['Zksh'] });
    for (const name of ['sm3p0', 'sm3p1']) {
      hart.load(`${name} a0, a1`);
      expect([name, hart.run()]).toEqual([name, cause.illegal]);
    }
  });
});
