// Which SBI this is: the specification's version, our implementation id, and the package's version in one number.
// SBI specification, "Base Extension", "SBI Implementation IDs": 0 to 11 are taken; ours is ASCII "hc", unassigned.

/** The specification implemented. */
export const SPECIFICATION = { major: 3, minor: 0 } as const;

/** `sbi_get_impl_id`. */
export const IMPLEMENTATION_ID = 0x6863;

/** The version in package.json (a test keeps the two together). */
export const PACKAGE_VERSION = '0.1.0';

/** `sbi_get_impl_version` of a package version: major << 16 | minor << 8 | patch. */
export function encodeVersion(version: string): bigint {
  const [major = 0, minor = 0, patch = 0] = version.split(/[.+-]/).map(Number);
  return (BigInt(major) << 16n) | (BigInt(minor) << 8n) | BigInt(patch);
}

/** `sbi_get_spec_version`: the minor number in the low 24 bits, the major number in the seven above. */
export function encodeSpecification(version: { readonly major: number; readonly minor: number }): bigint {
  return (BigInt(version.major & 0x7f) << 24n) | BigInt(version.minor & 0xff_ffff);
}
