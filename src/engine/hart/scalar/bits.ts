// Bit manipulation beyond what the interpreter's loop has: carry-less products, packing, permutations of nibbles and bytes.
// Unpriv. ISA, '"B" Extension for Bit Manipulation', Zbc; "Cryptography Extensions: Scalar & Entropy Source Instructions",
// Zbkb, Zbkc, Zbkx.

/** clmul: the low half of the carry-less product. */
export function clmul(a: u64, b: u64): u64 {
  let product: u64 = 0;
  while (b != 0) {
    product ^= a << ctz<u64>(b);
    b &= b - 1;
  }
  return product;
}

/** clmulh: the high half of the carry-less product. */
export function clmulh(a: u64, b: u64): u64 {
  return clmulr(a, b) >> 1;
}

/** clmulr: bits 126 to 63 of the carry-less product. */
export function clmulr(a: u64, b: u64): u64 {
  let product: u64 = 0;
  while (b != 0) {
    product ^= a >> (63 - ctz<u64>(b));
    b &= b - 1;
  }
  return product;
}

export function pack(a: u64, b: u64): u64 {
  return (a & 0xffffffff) | (b << 32);
}

export function packh(a: u64, b: u64): u64 {
  return (a & 0xff) | ((b & 0xff) << 8);
}

export function packw(a: u64, b: u64): u64 {
  return <u64>(<i64>(<i32>(((<u32>a) & 0xffff) | (<u32>b << 16))));
}

/** brev8: the bits of each byte in reverse. */
export function brev8(a: u64): u64 {
  a = ((a >> 1) & 0x5555555555555555) | ((a & 0x5555555555555555) << 1);
  a = ((a >> 2) & 0x3333333333333333) | ((a & 0x3333333333333333) << 2);
  return ((a >> 4) & 0x0f0f0f0f0f0f0f0f) | ((a & 0x0f0f0f0f0f0f0f0f) << 4);
}

/** xperm4: each nibble of b picks a nibble of a. */
export function xperm4(a: u64, b: u64): u64 {
  let out: u64 = 0;
  for (let at: u64 = 0; at < 64; at += 4) out |= ((a >> (((b >> at) & 15) << 2)) & 15) << at;
  return out;
}

/** xperm8: each byte of b picks a byte of a, zero where it is 8 or more. */
export function xperm8(a: u64, b: u64): u64 {
  let out: u64 = 0;
  for (let at: u64 = 0; at < 64; at += 8) {
    const index = (b >> at) & 0xff;
    if (index < 8) out |= ((a >> (index << 3)) & 0xff) << at;
  }
  return out;
}
