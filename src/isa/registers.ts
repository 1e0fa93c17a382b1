// The integer and floating-point registers and their names in the calling convention (RISC-V ELF psABI, "Register
// Convention").

/** ABI names of x0..x31. */
export const gprNames = [
  ...['zero', 'ra', 'sp', 'gp', 'tp', 't0', 't1', 't2', 's0', 's1', 'a0', 'a1', 'a2', 'a3', 'a4', 'a5'],
  ...['a6', 'a7', 's2', 's3', 's4', 's5', 's6', 's7', 's8', 's9', 's10', 's11', 't3', 't4', 't5', 't6'],
] as const;

/** ABI names of f0..f31. */
export const fprNames = [
  ...['ft0', 'ft1', 'ft2', 'ft3', 'ft4', 'ft5', 'ft6', 'ft7', 'fs0', 'fs1', 'fa0', 'fa1', 'fa2', 'fa3', 'fa4', 'fa5'],
  ...[
    'fa6',
    'fa7',
    'fs2',
    'fs3',
    'fs4',
    'fs5',
    'fs6',
    'fs7',
    'fs8',
    'fs9',
    'fs10',
    'fs11',
    'ft8',
    'ft9',
    'ft10',
    'ft11',
  ],
] as const;

/** An integer register by its ABI name. */
export type Gpr = (typeof gprNames)[number];

/** A floating-point register by its ABI name. */
export type Fpr = (typeof fprNames)[number];

const gprs = new Map<string, number>([
  ...gprNames.map((name, n) => [name, n] as const),
  ...gprNames.map((_, n) => [`x${n}`, n] as const),
  ['fp', 8],
]);
const fprs = new Map<string, number>([
  ...fprNames.map((name, n) => [name, n] as const),
  ...fprNames.map((_, n) => [`f${n}`, n] as const),
]);

/** Index of an integer register by ABI name, `x5` or `fp`. */
export function registerNumber(name: string): number | undefined {
  return gprs.get(name);
}

/** Index of a floating-point register by ABI name or `f5`. */
export function fprNumber(name: string): number | undefined {
  return fprs.get(name);
}
