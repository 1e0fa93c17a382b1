// Other people's firmware in M mode, as the Debian packages opensbi and u-boot-qemu have it: it finds the machine it
// expects, starts what it is given, and everything below runs as under firmware of our own.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hypercraft, lastLineOf, Program } from './program.js';

/** Where the packages are unpacked, if not in the system itself. */
const root = process.env.HYPERCRAFT_FIRMWARE ?? '/';
const opensbi = join(root, 'usr/lib/riscv64-linux-gnu/opensbi/generic');
const uboot = join(root, 'usr/lib/u-boot/qemu-riscv64_smode');

const missing = [opensbi, uboot].filter((folder) => !existsSync(folder));
if (missing.length > 0)
  console.log(`firmware tests skipped, for want of the packages opensbi and u-boot-qemu: ${missing}`);

describe.skipIf(missing.length > 0)('firmware', () => {
  it.each(['fw_dynamic.bin', 'fw_dynamic.elf', 'fw_jump.elf'])('%s_started_names the machine', async (file) => {
    const program = new Program(['run', '--bios', join(opensbi, file), '--smp', '2', '--timeout', '180']);
    await program.until('Boot HART MEDELEG', 180);
    program.kill('SIGTERM');
    const { stdout } = await program.outcome;
    expect(stdout).toMatch(/Platform HART Count\s+: 2\r?\n/);
    expect(stdout).toMatch(/Platform IPI Device\s+: aclint-mswi/);
    expect(stdout).toMatch(/Platform Timer Device\s+: aclint-mtimer @ 10000000Hz/);
    expect(stdout).toMatch(/Platform Shutdown Device\s+: sifive_test/);
    expect(stdout).toMatch(/Boot HART PMP Count\s+: 16\r?\n/);
  });

  it.each(['fw_dynamic.bin', 'fw_jump.elf'])(
    'debian under %s_booted and asked_answers and powers off',
    async (file) => {
      await hypercraft(['images', 'pull', 'debian']);
      const bios = join(opensbi, file);
      const program = new Program([
        'run',
        'debian',
        '--bios',
        bios,
        '--smp',
        '2',
        '--memory',
        '1G',
        '--timeout',
        '500',
      ]);
      await program.until('~ # ', 450);
      program.type('uname -srm; nproc\n');
      await program.until(/^Linux \S+ riscv64\r?\n2\r?\n/m, 180);
      program.type('poweroff -f\n');
      const outcome = await program.outcome;
      expect(outcome.stdout).toContain('OpenSBI v');
      expect(lastLineOf(outcome.stderr)).toBe('hypercraft: exit power-off');
    },
  );

  it.each([
    ['u-boot.bin', ['--bios', join(opensbi, 'fw_dynamic.bin')]],
    ['uboot.elf', ['--bios', join(opensbi, 'fw_jump.elf')]],
    ['u-boot.bin', ['--mode', 'firmware']],
    ['uboot.elf', ['--mode', 'firmware']],
  ])('%s with %s_reaches its prompt and powers off', async (file, options) => {
    const program = new Program(['run', '--kernel', join(uboot, file), ...options, '--timeout', '500']);
    await program.until('Hit any key', 240);
    program.type('\n');
    await program.until('=> ', 180);
    program.type('version\n');
    await program.until(/GNU ld/, 180);
    program.type('poweroff\n');
    const outcome = await program.outcome;
    expect(lastLineOf(outcome.stderr)).toBe('hypercraft: exit power-off');
    expect(outcome.status).toBe(0);
  });
});
