// Mirrors from apt's configuration, control files and package entries.
import { describe, expect, it } from 'vitest';
import { parseStanzas, readStanzas } from './control.js';
import { debianMirrors, parseDeb822Sources, parseSourcesList } from './mirror.js';
import { parseDepends, parsePackage } from './packages.js';

const LIST = `# a comment
deb-src http://mirror.test/debian trixie main
deb http://security.test/debian-security trixie-security main
deb [arch=amd64 signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://mirror.test/debian/ trixie main contrib # end
deb http://other.test/ubuntu noble main
deb cdrom:[Debian]/ trixie main
`;

const SOURCES = `Types: deb deb-src
URIs: http://one.test/debian http://two.test/debian
Suites: trixie trixie-updates
Components: main
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 -----END PGP PUBLIC KEY BLOCK-----

Types: deb
URIs: http://off.test/debian
Suites: trixie
Components: main
Enabled: no

# A third party
Types: deb
URIs: http://tool.test/node
Suites: nodistro
Components: main
`;

describe('debianMirrors', () => {
  it('oneLineSources_giveTheMainArchiveOnly', () => {
    expect(debianMirrors(parseSourcesList(LIST))).toEqual(['http://mirror.test/debian']);
  });

  it('deb822Sources_giveEveryUriThatIsEnabled', () => {
    expect(debianMirrors(parseDeb822Sources(SOURCES))).toEqual(['http://one.test/debian', 'http://two.test/debian']);
  });

  it('sourcesWithDebiansKeyring_comeFirst', () => {
    const sources = parseSourcesList(
      'deb http://plain.test/debian trixie main\n' +
        'deb [signed-by=/k/debian-archive-keyring.gpg] https://snap.test/archive/2026 trixie main\n',
    );
    expect(debianMirrors(sources)).toEqual(['http://plain.test/debian', 'https://snap.test/archive/2026']);
    const keyed = parseSourcesList(
      'deb [signed-by=/k/debian-archive-keyring.pgp] http://keyed.test/debian trixie main\n',
    );
    expect(debianMirrors([...sources, ...keyed])[0]).toBe('http://keyed.test/debian');
  });
});

describe('control files', () => {
  it('stanzas_haveContinuationLinesAndNoComments', () => {
    const [first, second] = parseStanzas('A: 1\n# note\nB: x\n y\n z\n\n\nA: 2\n');
    expect(first!.get('b')).toBe('x\ny\nz');
    expect(second!.get('a')).toBe('2');
  });

  it.each([1, 5, 1000])('readStanzas_inPiecesOf%i_givesTheWantedOnes', async (size) => {
    const bytes = Buffer.from('Package: a\nVersion: 1\n\nPackage: b\nVersion: ü\n\nPackage: c\nVersion: 3');
    const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
      bytes.subarray(i * size, (i + 1) * size),
    );
    const versions: string[] = [];
    for await (const stanza of readStanzas(pieces, (line) => line !== 'Package: a'))
      versions.push(stanza.get('version')!);
    expect(versions).toEqual(['ü', '3']);
  });
});

describe('packages', () => {
  it('dependencies_areTheFirstAlternativeWithExactVersions', () => {
    expect(parseDepends('kmod, linux-base (>= 4.3~), a | b, linux-image-6 (= 6.1-2), c:any')).toEqual([
      { name: 'kmod' },
      { name: 'linux-base' },
      { name: 'a' },
      { name: 'linux-image-6', version: '6.1-2' },
      { name: 'c' },
    ]);
  });

  it.each([
    ['a path that climbs', { Filename: '../../etc/passwd' }],
    ['an absolute path', { Filename: '/etc/passwd' }],
    ['a short hash', { SHA256: 'abc' }],
    ['no size', { Size: 'many' }],
  ])('entry_with_%s_isATypedError', (_, change) => {
    const fields = { Package: 'a', Filename: 'pool/a.deb', Size: '1', SHA256: '0'.repeat(64), ...change };
    const stanza = new Map(Object.entries(fields).map(([name, value]) => [name.toLowerCase(), value]));
    expect(() => parsePackage(stanza)).toThrowError(expect.objectContaining({ code: 'ARCHIVE_PACKAGE' }));
  });
});
