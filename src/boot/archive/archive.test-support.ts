// Writers of the archive formats that the product only reads, for its tests.

/** A tar archive of `files`; a value that is a string is a symbolic link's target. */
export function makeTar(files: Readonly<Record<string, Uint8Array | string>>): Uint8Array {
  const blocks: Uint8Array[] = [];
  for (const [path, content] of Object.entries(files)) {
    const data = typeof content === 'string' ? new Uint8Array(0) : content;
    const name = new TextEncoder().encode(path);
    if (name.length > 100) {
      const long = new TextEncoder().encode(`${path}\0`);
      blocks.push(tarHeader('././@LongLink', 'L', long.length, ''), padded(long));
    }
    const kind = typeof content === 'string' ? '2' : path.endsWith('/') ? '5' : '0';
    blocks.push(tarHeader(path.slice(0, 100), kind, data.length, typeof content === 'string' ? content : ''));
    blocks.push(padded(data));
  }
  blocks.push(new Uint8Array(1024));
  return new Uint8Array(Buffer.concat(blocks));
}

/** One tar header with a right checksum. */
export function tarHeader(path: string, kind: string, size: number, target: string): Uint8Array {
  const header = Buffer.alloc(512);
  header.write(path, 0, 100);
  header.write('0000644\0', 100);
  header.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
  header.write('        ', 148);
  header.write(kind, 156);
  header.write(target, 157, 100);
  header.write('ustar\x0000', 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return new Uint8Array(header);
}

export function makeAr(members: Readonly<Record<string, Uint8Array>>): Uint8Array {
  const parts: Uint8Array[] = [Buffer.from('!<arch>\n')];
  for (const [name, body] of Object.entries(members)) {
    const fields = [name.padEnd(16), '0'.padEnd(12), '0'.padEnd(6), '0'.padEnd(6), '100644'.padEnd(8)];
    parts.push(Buffer.from(`${fields.join('')}${String(body.length).padEnd(10)}\`\n`), body);
    if (body.length % 2) parts.push(Buffer.from('\n'));
  }
  return new Uint8Array(Buffer.concat(parts));
}

/** A Debian package that installs `files`; not compressed unless `compress` does so and names its suffix. */
export function makeDeb(
  files: Readonly<Record<string, Uint8Array | string>>,
  suffix = '',
  compress: (bytes: Uint8Array) => Uint8Array = (bytes) => bytes,
): Uint8Array {
  return makeAr({
    'debian-binary': Buffer.from('2.0\n'),
    [`control.tar${suffix}`]: compress(makeTar({ './control': Buffer.from('Package: test\n') })),
    [`data.tar${suffix}`]: compress(makeTar(files)),
  });
}

function padded(data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(Math.ceil(data.length / 512) * 512);
  bytes.set(data);
  return bytes;
}
