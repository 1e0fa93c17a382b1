// Integer arithmetic that is more than one WebAssembly instruction.
// Unprivileged ISA, "M Extension", "B Extension".

/** High 64 bits of an unsigned 64 x 64 product. */
// @ts-ignore: decorator
@inline export function mulhu(a: u64, b: u64): u64 {
  const al = a & 0xffffffff;
  const ah = a >> 32;
  const bl = b & 0xffffffff;
  const bh = b >> 32;
  const low = al * bl;
  const mid = ah * bl + (low >> 32);
  const cross = al * bh + (mid & 0xffffffff);
  return ah * bh + (mid >> 32) + (cross >> 32);
}

/** High 64 bits of a signed product. */
// @ts-ignore: decorator
@inline export function mulh(a: u64, b: u64): u64 {
  let high = mulhu(a, b);
  if (<i64>a < 0) high -= b;
  if (<i64>b < 0) high -= a;
  return high;
}

/** High 64 bits of signed a times unsigned b. */
// @ts-ignore: decorator
@inline export function mulhsu(a: u64, b: u64): u64 {
  const high = mulhu(a, b);
  return <i64>a < 0 ? high - b : high;
}

// @ts-ignore: decorator
@inline export function div(a: u64, b: u64): u64 {
  if (b == 0) return u64.MAX_VALUE;
  if (b == u64.MAX_VALUE) return 0 - a; // also the overflow case
  return <u64>(<i64>a / <i64>b);
}

// @ts-ignore: decorator
@inline export function rem(a: u64, b: u64): u64 {
  if (b == 0) return a;
  if (b == u64.MAX_VALUE) return 0;
  return <u64>(<i64>a % <i64>b);
}

// @ts-ignore: decorator
@inline export function divu(a: u64, b: u64): u64 {
  return b == 0 ? u64.MAX_VALUE : a / b;
}

// @ts-ignore: decorator
@inline export function remu(a: u64, b: u64): u64 {
  return b == 0 ? a : a % b;
}

// @ts-ignore: decorator
@inline export function divw(a: u64, b: u64): u64 {
  const n = <i32>a;
  const d = <i32>b;
  if (d == 0) return u64.MAX_VALUE;
  if (d == -1) return <u64>(<i64>(<i32>(0 - n)));
  return <u64>(<i64>(n / d));
}

// @ts-ignore: decorator
@inline export function remw(a: u64, b: u64): u64 {
  const n = <i32>a;
  const d = <i32>b;
  if (d == 0) return <u64>(<i64>n);
  if (d == -1) return 0;
  return <u64>(<i64>(n % d));
}

// @ts-ignore: decorator
@inline export function divuw(a: u64, b: u64): u64 {
  const d = <u32>b;
  return d == 0 ? u64.MAX_VALUE : <u64>(<i64>(<i32>(<u32>a / d)));
}

// @ts-ignore: decorator
@inline export function remuw(a: u64, b: u64): u64 {
  const d = <u32>b;
  return <u64>(<i64>(<i32>(d == 0 ? <u32>a : <u32>a % d)));
}

/** Every byte that is not zero becomes 0xff. */
// @ts-ignore: decorator
@inline export function orcb(a: u64): u64 {
  const high = ((a & 0x7f7f7f7f7f7f7f7f) + 0x7f7f7f7f7f7f7f7f | a) & 0x8080808080808080;
  return (high << 1) - (high >> 7);
}

// @ts-ignore: decorator
@inline export function rev8(a: u64): u64 {
  return bswap<u64>(a);
}
