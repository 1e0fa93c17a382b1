// Which OpenPGP keys may sign the Debian archive: those of the system's own keyring; where it has none, or one too old for
// the suite, those that Debian's keyring package brings and whose fingerprints are known here.

import { HypercraftError } from '../../isa/error.js';

type OpenPgp = typeof import('openpgp');
export type ArchiveKey = Awaited<ReturnType<OpenPgp['readKey']>>;

/** Primary keys of the archive and of its stable releases, as published with Debian 11, 12 and 13. */
export const DEBIAN_FINGERPRINTS: ReadonlySet<string> = new Set([
  '1f89983e0081fde018f3cc9673a4f27b8dd47936', // Debian Archive Automatic Signing Key (11/bullseye)
  'a4285295fc7b1a81600062a9605c66f00d6c9793', // Debian Stable Release Key (11/bullseye)
  'b8b80b5b623eab6ad8775c45b7c5d7d6350947f8', // Debian Archive Automatic Signing Key (12/bookworm)
  '4d64fec119c2029067d6e791f8d2585b8783d481', // Debian Stable Release Key (12/bookworm)
  '04b54c3cdca79751b16bc6b5225629df75b188bd', // Debian Archive Automatic Signing Key (13/trixie)
  '41587f7db8c774bccf131416762f67a0b2c39de4', // Debian Stable Release Key (13/trixie)
]);

/** Loaded when first needed: it is large, and most runs never check a signature. */
export function openpgp(): Promise<OpenPgp> {
  return import('openpgp');
}

/** The keys in keyring files, armoured or binary. Files that cannot be read hold no keys. */
export async function readKeyrings(files: readonly Uint8Array[]): Promise<ArchiveKey[]> {
  const { readKeys } = await openpgp();
  const keys: ArchiveKey[] = [];
  for (const file of files) {
    const text = file[0] === 0x2d ? new TextDecoder().decode(file) : undefined;
    const read = text === undefined ? readKeys({ binaryKeys: file }) : readKeys({ armoredKeys: text });
    keys.push(...((await read.catch(() => [])) as ArchiveKey[]));
  }
  return keys;
}

/** Of `keys`, those known here by their fingerprint. */
export function knownKeys(keys: readonly ArchiveKey[], known: ReadonlySet<string> = DEBIAN_FINGERPRINTS): ArchiveKey[] {
  return keys.filter((key) => known.has(key.getFingerprint().toLowerCase()));
}

/**
 * The text of a clear-signed message that at least one of `keys` signed.
 *
 * @throws HypercraftError `ARCHIVE_SIGNATURE`
 */
export async function verifyClearSigned(armored: string, keys: readonly ArchiveKey[], now: Date): Promise<string> {
  const { readCleartextMessage, verify } = await openpgp();
  let why: unknown = new Error('no key for it');
  try {
    const message = await readCleartextMessage({ cleartextMessage: armored });
    const { data, signatures } = await verify({ message, verificationKeys: [...keys], date: now });
    for (const signature of signatures) {
      try {
        if (await signature.verified) return data as string;
      } catch (error) {
        why = error;
      }
    }
  } catch (error) {
    why = error;
  }
  const reason = why instanceof Error ? why.message : String(why);
  throw new HypercraftError('ARCHIVE_SIGNATURE', `the archive's index is not signed by a trusted key (${reason})`, {
    cause: why,
  });
}
