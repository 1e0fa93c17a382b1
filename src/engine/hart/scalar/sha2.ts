// The message schedule's and the rounds' functions of SHA-256 and SHA-512. Unpriv. ISA, "Cryptography Extensions: Scalar & Entropy
// Source Instructions", Zknh; FIPS 180-4, 4.1.2 and 4.1.3.

// @ts-ignore: decorator
@inline function extended(v: u32): u64 { return <u64>(<i64>(<i32>v)); }

export function sha256sig0(a: u64): u64 {
  const v = <u32>a;
  return extended(rotr<u32>(v, 7) ^ rotr<u32>(v, 18) ^ (v >> 3));
}

export function sha256sig1(a: u64): u64 {
  const v = <u32>a;
  return extended(rotr<u32>(v, 17) ^ rotr<u32>(v, 19) ^ (v >> 10));
}

export function sha256sum0(a: u64): u64 {
  const v = <u32>a;
  return extended(rotr<u32>(v, 2) ^ rotr<u32>(v, 13) ^ rotr<u32>(v, 22));
}

export function sha256sum1(a: u64): u64 {
  const v = <u32>a;
  return extended(rotr<u32>(v, 6) ^ rotr<u32>(v, 11) ^ rotr<u32>(v, 25));
}

export function sha512sig0(a: u64): u64 {
  return rotr<u64>(a, 1) ^ rotr<u64>(a, 8) ^ (a >> 7);
}

export function sha512sig1(a: u64): u64 {
  return rotr<u64>(a, 19) ^ rotr<u64>(a, 61) ^ (a >> 6);
}

export function sha512sum0(a: u64): u64 {
  return rotr<u64>(a, 28) ^ rotr<u64>(a, 34) ^ rotr<u64>(a, 39);
}

export function sha512sum1(a: u64): u64 {
  return rotr<u64>(a, 14) ^ rotr<u64>(a, 18) ^ rotr<u64>(a, 41);
}
