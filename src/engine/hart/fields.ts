// Fields of a 32-bit instruction. Unpriv. ISA, "Base Instruction Formats", "Immediate Encoding Variants".

// @ts-ignore: decorator
@inline export function rd(w: u32): u32 { return (w >> 7) & 31; }
// @ts-ignore: decorator
@inline export function rs1(w: u32): u32 { return (w >> 15) & 31; }
// @ts-ignore: decorator
@inline export function rs2(w: u32): u32 { return (w >> 20) & 31; }
// @ts-ignore: decorator
@inline export function immI(w: u32): i32 { return <i32>w >> 20; }
// @ts-ignore: decorator
@inline export function immS(w: u32): i32 { return ((<i32>w >> 25) << 5) | <i32>((w >> 7) & 31); }
// @ts-ignore: decorator
@inline export function immU(w: u32): i32 { return <i32>(w & 0xfffff000); }
// @ts-ignore: decorator
@inline export function immB(w: u32): i32 {
  return ((<i32>w >> 31) << 12) | <i32>(((w >> 7) & 1) << 11) | <i32>(((w >> 25) & 63) << 5) | <i32>(((w >> 8) & 15) << 1);
}
// @ts-ignore: decorator
@inline export function immJ(w: u32): i32 {
  return ((<i32>w >> 31) << 20) | <i32>(w & 0xff000) | <i32>(((w >> 20) & 1) << 11) | <i32>(((w >> 21) & 0x3ff) << 1);
}
