// Bad input: one clear line, status 2, and nothing has run.
import { expect, it } from 'vitest';
import { hypercraft, Scratch } from './program.js';

const text = new TextEncoder();

/** A well-formed ELF header with one byte changed. */
function elf(change: (bytes: Uint8Array) => void, length = 4096): Uint8Array {
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  view.setUint16(16, 2, true);
  view.setUint16(18, 243, true);
  view.setUint32(20, 1, true);
  view.setBigUint64(24, 0x8020_0000n, true);
  view.setBigUint64(32, 64n, true);
  view.setUint16(52, 64, true);
  view.setUint16(54, 56, true);
  view.setUint16(56, 1, true);
  view.setUint32(64, 1, true);
  view.setUint32(68, 7, true);
  view.setBigUint64(72, 0x100n, true);
  view.setBigUint64(80, 0x8020_0000n, true);
  view.setBigUint64(88, 0x8020_0000n, true);
  view.setBigUint64(96, 0x200n, true);
  view.setBigUint64(104, 0x200n, true);
  change(bytes);
  return bytes;
}

const FILES: Record<string, Uint8Array> = {
  good: elf(() => {}),
  class32: elf((bytes) => {
    bytes[4] = 1;
  }),
  machine: elf((bytes) => {
    bytes[18] = 62;
  }),
  truncated: elf(() => {}, 0x180),
  headerOnly: elf(() => {}).slice(0, 20),
  outside: elf((bytes) => new DataView(bytes.buffer).setBigUint64(88, 0x1000n, true)),
  huge: new Uint8Array(80 << 20).fill(0x13),
  initrd: new Uint8Array(40 << 20),
  gzip: Uint8Array.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 1, 2, 3]),
  empty: new Uint8Array(0),
  text: text.encode('not a device tree'),
};

it.each<[string, string[], RegExp]>([
  ['no command', [], /hypercraft --help/],
  ['unknown command', ['walk'], /unknown command 'walk'/],
  ['unknown option', ['run', '--speed', '9'], /unknown option '--speed'/],
  ['unknown image', ['run', 'windows'], /'windows'/],
  ['missing value', ['run', '--memory'], /--memory needs a value/],
  ['bad size', ['run', 'hello', '--memory', 'lots'], /--memory: 'lots' is not a size/],
  ['memory beyond the limit', ['run', 'hello', '--memory', '64G'], /--memory.*(at most|limit|more)/],
  ['memory too small', ['run', 'hello', '--memory', '4K'], /--memory/],
  ['no harts', ['run', 'hello', '--smp', '0'], /--smp/],
  ['no threads', ['run', 'hello', '--threads', '0'], /--threads/],
  ['threads in virtual time', ['run', 'hello', '--threads', '2', '--deterministic'], /--threads/],
  ['bad mode', ['run', 'hello', '--mode', 'xen'], /--mode: 'xen' is not one of/],
  ['bad timeout', ['run', 'hello', '--timeout', 'never'], /--timeout/],
  ['bad trace', ['run', 'hello', '--trace', 'thoughts'], /--trace/],
  ['image and kernel', ['run', 'hello', '--kernel', '@good'], /--kernel/],
  ['missing kernel', ['run', '--kernel', '/nowhere/kernel'], /\/nowhere\/kernel: no such file/],
  ['kernel that is a directory', ['run', '--kernel', '/'], /directory/],
  ['missing initrd', ['run', '--kernel', '@good', '--initrd', '/nowhere/initrd'], /\/nowhere\/initrd/],
  ['empty kernel', ['run', '--kernel', '@empty'], /empty/],
  ['32-bit kernel', ['run', '--kernel', '@class32'], /32-bit|64-bit|class/i],
  ['kernel of another machine', ['run', '--kernel', '@machine'], /RISC-V|machine/],
  ['truncated kernel', ['run', '--kernel', '@truncated'], /cut short|truncated|beyond|end of/i],
  ['truncated header', ['run', '--kernel', '@headerOnly'], /cut short|truncated/i],
  ['truncated gzip', ['run', '--kernel', '@gzip'], /gzip/i],
  ['kernel outside memory', ['run', '--kernel', '@outside'], /memory|outside|fit/i],
  ['kernel larger than memory', ['run', '--kernel', '@huge', '--memory', '64M'], /memory|fit/i],
  ['initrd larger than memory', ['run', '--kernel', '@good', '--initrd', '@initrd', '--memory', '32M'], /memory|fit/i],
  ['unknown extension', ['run', 'hello', '--cpu', 'rv64gc_zfoo'], /--cpu 'rv64gc_zfoo': there is no extension 'zfoo'/],
  ['hart of 32 bits', ['dtb', '--cpu', 'rv32imac'], /--cpu 'rv32imac': harts here are of 64 bits/],
  ['broken device tree', ['run', '--kernel', '@good', '--dtb', '@text'], /device tree/i],
  ['bios in hypervisor mode', ['run', '--bios', '@good', '--mode', 'hypervisor'], /--bios/],
  ['unknown images command', ['images', 'burn'], /burn/],
  ['disasm without a file', ['disasm'], /FILE/],
  ['disasm of nothing', ['disasm', '/nowhere/code'], /no such file/],
])('%s_given_gives one clear line', async (_, args, message) => {
  using scratch = new Scratch();
  const resolved = args.map((argument) =>
    argument.startsWith('@') ? scratch.file(argument.slice(1), FILES[argument.slice(1)]!) : argument,
  );
  const outcome = await hypercraft(resolved);
  expect(outcome.stderr).toMatch(message);
  expect(outcome.status).toBe(2);
  expect(outcome.stdout).toBe('');
  const lines = outcome.stderr.trimEnd().split('\n');
  expect(lines[0]).toMatch(/^hypercraft: /);
  if (args[0] === 'run') {
    expect(lines).toHaveLength(2);
    expect(lines[1]).toBe('hypercraft: exit usage');
  } else {
    expect(lines).toHaveLength(1);
  }
});
