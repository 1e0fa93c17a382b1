// What the program can be asked to do: the tables from which the parser checks a command line and the help is printed.
import type { CommandSpec, OptionSpec } from './options.js';

const MACHINE: readonly OptionSpec[] = [
  { name: '--mode', value: 'MODE', help: 'who owns the upper levels: hypervisor (default), firmware or bare' },
  { name: '--memory', value: 'SIZE', help: "the guest's memory, e.g. 512M (default) or 1G" },
  { name: '--smp', value: 'N', help: "the guest's harts (default 1)" },
  {
    name: '--cpu',
    value: 'CPU',
    help: 'what a hart has: max (default), a profile (rva22s64) or an ISA string (rv64gc_zba)',
  },
];

const APPEND: OptionSpec = { name: '--append', value: 'TEXT', help: 'the kernel command line' };

const BOOT: readonly OptionSpec[] = [
  { name: '--kernel', value: 'FILE', help: 'a kernel: ELF64, Linux Image (plain, gzip, zstd, xz) or raw binary' },
  { name: '--initrd', value: 'FILE', help: 'an initial ramdisk' },
  APPEND,
  { name: '--bios', value: 'FILE', help: 'firmware to start in M-mode (implies --mode bare)' },
];

export const RUN: CommandSpec = {
  name: 'run',
  operands: '[IMAGE]',
  maxOperands: 1,
  help: 'boot a guest: debian (default) or hello, or your own --kernel',
  options: [
    ...BOOT,
    ...MACHINE,
    { name: '--dtb', value: 'FILE', help: 'a device tree of your own in place of the generated one' },
    {
      name: '--signature',
      value: 'FILE',
      help: "write memory from the ELF's begin_signature to end_signature at the end",
    },
    {
      name: '--jit-cache',
      value: 'off|DIR',
      help: 'translated code for the next run (default: jit in the cache directory)',
    },
    { name: '--jit', value: 'off|on|always', help: 'translate hot guest code to WebAssembly (default: on)' },
    { name: '--threads', value: 'N', help: 'threads for the harts (default: as many as harts, at most as cores)' },
    { name: '--from', value: 'FILE', help: 'go on from a snapshot instead of booting' },
    { name: '--incoming', value: '[HOST:]PORT', help: 'wait there for a guest that another process migrates' },
    {
      name: '--migrate-to',
      value: '[HOST:]PORT',
      help: 'at SIGUSR2, in a terminal at Ctrl-A m, the guest goes on there',
    },
    { name: '--deterministic', help: 'one thread, time from retired instructions, seeded: two runs are alike' },
    { name: '--seed', value: 'N', help: 'what decides about a deterministic run (default 0)' },
    { name: '--timeout', value: 'SECONDS', help: 'stop the guest after so long; exit status 124' },
    {
      name: '--trace',
      value: 'WHAT[,...]',
      help: 'write to stderr: exits, a line for each; jit, what was translated, at the end',
    },
    { name: '--stats', help: 'write what the guest did to stderr at the end' },
  ],
};

export const UP: CommandSpec = {
  name: 'up',
  operands: 'GUESTS.yaml',
  maxOperands: 1,
  help: 'run several guests on one host, as a file describes them; ends when all have ended',
  options: [
    { name: '--timeout', value: 'SECONDS', help: 'stop the guests after so long; exit status 124' },
    { name: '--stats', help: 'write what each guest gets and does to stderr, every two seconds and at the end' },
  ],
};

export const SNAPSHOT: CommandSpec = {
  name: 'snapshot',
  operands: '[save FILE [IMAGE] | restore FILE | info FILE]',
  maxOperands: 3,
  help: 'boot a guest and save it as it is then, go on from there, or tell what is in the file',
  options: [
    ...BOOT,
    ...MACHINE,
    { name: '--until', value: 'TEXT', help: "save when the guest has written this (default: debian's prompt)" },
    { name: '--timeout', value: 'SECONDS', help: 'give up after so long; exit status 124' },
  ],
};

export const IMAGES: CommandSpec = {
  name: 'images',
  operands: '[list | pull [IMAGE] | verify [IMAGE] | rm [IMAGE]]',
  maxOperands: 2,
  help: 'the guest images in the cache: list, download, check, remove',
  options: [
    { name: '--mirror', value: 'URL', help: "the Debian mirror (default: $HYPERCRAFT_MIRROR, then the system's apt)" },
  ],
};

export const DTB: CommandSpec = {
  name: 'dtb',
  operands: '',
  maxOperands: 0,
  help: 'write the device tree of the machine to stdout',
  options: [...MACHINE, APPEND],
};

export const DISASM: CommandSpec = {
  name: 'disasm',
  operands: 'FILE',
  maxOperands: 1,
  help: 'disassemble an ELF file, or raw code, to stdout',
  options: [
    { name: '--base', value: 'ADDRESS', help: 'the address of the first byte of raw code (default 0x80000000)' },
  ],
};

export const COMMANDS: readonly CommandSpec[] = [RUN, UP, SNAPSHOT, IMAGES, DTB, DISASM];

/** The text of `hypercraft --help`. */
export function helpText(): string {
  const lines = [
    'hypercraft: RISC-V guests under nested paging, in software',
    '',
    'usage: hypercraft COMMAND [options]',
    '',
  ];
  for (const command of COMMANDS) {
    lines.push(`  hypercraft ${command.name} ${command.operands}`.trimEnd(), `      ${command.help}`);
    for (const option of command.options) {
      const left = option.value === undefined ? option.name : `${option.name} ${option.value}`;
      lines.push(`      ${left.padEnd(22)} ${option.help}`);
    }
    lines.push('');
  }
  lines.push(
    '  hypercraft --help | --version',
    '',
    'In a terminal Ctrl-A x leaves, Ctrl-A h helps, Ctrl-A a sends Ctrl-A. A piped stdin is typed into the guest.',
    "With several guests Ctrl-A n shows the next one's console, Ctrl-A l lists them; a piped stdin goes to the first.",
    "Exit status: 0 power-off, the guest's own failure code, 124 timeout, 2 bad usage, 1 other errors;",
    'the last line on stderr, "hypercraft: exit CAUSE", tells which.',
  );
  return `${lines.join('\n')}\n`;
}
