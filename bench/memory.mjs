// How much memory a process takes beyond what its guest has: the most that was ever resident (VmHWM of /proc/PID/status), less the guest's own pages that are
// (/proc/PID/pagemap of what the page allocator hands out, in the one mapping of 4 GiB). All else counts: Node.js's program and libraries, V8's heaps,
// compiled code, what the engine keeps of guests (decoded pages, TLBs), and each page for as often as it is mapped. Debian is followed until it has been at
// its prompt for a moment, programs to their end. For Linux.
import { spawn } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compileGuest, have, median, takeTurns } from './contest.mjs';
import { PROGRAMS } from './programs.mjs';

const PROMPT = '~ # ';
const LIMIT_MS = 200_000;
/** Milliseconds between two looks at a process. */
const LOOK_MS = 50;
/** Milliseconds at the prompt after which what was translated has been kept, too. */
const SETTLED_MS = 1500;
const PAGE = 4096;
/** Bits of an entry of pagemap, in its last byte: present, and swapped out. */
const THERE = 0xc0;
const MIB = 1 << 20;

/** The guest's resident bytes: `from` is where guests' memory begins in a host's, of `size` bytes. Undefined if the process has let go of it. */
function guestBytes(pid, from, size) {
  const maps = readFileSync(`/proc/${pid}/maps`, 'latin1').matchAll(/^([0-9a-f]+)-([0-9a-f]+) rw/gm);
  const map = openSync(`/proc/${pid}/pagemap`, 'r');
  try {
    let pages;
    const entries = Buffer.alloc(((size - from) / PAGE) * 8);
    for (const [, start, end] of maps) {
      const at = Number.parseInt(start, 16);
      if (Number.parseInt(end, 16) - at !== size) continue;
      pages ??= 0;
      const read = readSync(map, entries, 0, entries.length, ((at + from) / PAGE) * 8);
      for (let i = 7; i < read; i += 8) if ((entries[i] & THERE) !== 0) pages++;
    }
    return pages === undefined ? undefined : pages * PAGE;
  } finally {
    closeSync(map);
  }
}

/** What is to be said of a process now; undefined if it has ended. */
function look(pid, { RAM_AREA, MEMORY_PAGES }) {
  try {
    const peak = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'latin1'));
    if (peak === null) return undefined;
    const guest = guestBytes(pid, RAM_AREA, MEMORY_PAGES * 65536);
    return guest === undefined ? undefined : { peak: Number(peak[1]) * 1024, guest };
  } catch {
    return undefined;
  }
}

/** Runs a contestant to its end, or until it has been at the prompt for a moment. */
function measure(layout, { name, command, args, cache, kept, prompt }) {
  return new Promise((resolve, reject) => {
    if (!kept) rmSync(join(cache, 'jit'), { recursive: true, force: true });
    const child = spawn(command, args, {
      env: { ...process.env, HYPERCRAFT_CACHE: cache },
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    const limit = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS);
    let text = '';
    let last;
    let there = false;
    const looking = setInterval(() => {
      last = look(child.pid, layout) ?? last;
    }, LOOK_MS);
    child.stdout.setEncoding('latin1').on('data', (piece) => {
      text += piece;
      if (there || !prompt || !text.includes(PROMPT)) return;
      there = true;
      // It keeps what it has translated when it is asked to end.
      setTimeout(() => child.stdin.write('poweroff -f\n'), SETTLED_MS);
    });
    child.stdin.on('error', () => {});
    child.on('error', reject);
    child.on('close', () => {
      clearTimeout(limit);
      clearInterval(looking);
      const done = prompt ? there : text.includes('check=');
      if (!done || last === undefined) return reject(new Error(`${name} came to no end:\n${text.slice(-2000)}`));
      resolve({ beyond: +((last.peak - last.guest) / MIB).toFixed(1), guest: +(last.guest / MIB).toFixed(1) });
    });
  });
}

/** Debian booted with nothing kept and with what earlier boots have kept, and with two vCPUs. */
async function boots(root, node, work) {
  const { openImageStore } = await import(join(root, 'dist/platform/node/index.js'));
  const { cacheDirectory } = await import(join(root, 'dist/platform/node/cache-directory.js'));
  try {
    await openImageStore().pull('debian');
  } catch (error) {
    console.error(`bench: no image debian: ${error.message}`);
    return [];
  }
  const cli = [join(root, 'dist/cli.js'), 'run', 'debian'];
  const boot = (name, args, kept) => {
    const cache = join(work, name);
    mkdirSync(cache);
    symlinkSync(join(cacheDirectory(), 'images'), join(cache, 'images'));
    return { name, command: node, args: [...cli, ...args], cache, kept, prompt: true };
  };
  return [
    boot('debian', [], false),
    boot('debian-kept', [], true),
    boot('debian-smp2', ['--smp', '2'], false),
    boot('debian-firmware', ['--mode', 'firmware'], false),
  ];
}

function bare(root, node, work) {
  if (!have('riscv64-unknown-elf-gcc')) return [];
  return PROGRAMS.map(({ name, rounds, source = name, flags = [] }) => {
    const guest = join(work, `${name}.elf`);
    const sources = ['main.c', `${source}.c`].map((file) => join(root, 'bench/programs', file));
    if (!compileGuest(root, guest, [...flags, `-DROUNDS=${rounds}`], sources)) throw new Error(`cannot build ${name}`);
    const args = [join(root, 'dist/cli.js'), 'run', '--kernel', guest, '--memory', '64M', '--timeout', '300'];
    return { name, command: node, args, cache: join(work, 'programs'), kept: true, prompt: false };
  });
}

export async function memory({ root, rounds, node, only }) {
  if (!existsSync('/proc/self/pagemap')) {
    console.error('bench: memory reads /proc/PID/pagemap, which this system does not have');
    return undefined;
  }
  const layout = await import(join(root, 'dist/engine/hart/layout.js'));
  const work = mkdtempSync(join(tmpdir(), 'hypercraft-bench-'));
  try {
    mkdirSync(join(work, 'programs'));
    const all = [...(await boots(root, node, work)), ...bare(root, node, work)];
    const contestants = all.filter(({ name }) => only === undefined || name === only);
    // The first turn of what is kept makes it.
    for (const each of contestants.filter(({ kept }) => kept)) await measure(layout, each);
    const runs = await takeTurns(contestants, rounds, (each) => measure(layout, each));
    const results = {};
    for (const [name, list] of Object.entries(runs)) {
      const beyond = list.map((run) => run.beyond);
      results[name] = {
        median: median(beyond),
        most: Math.max(...beyond),
        guest: median(list.map((run) => run.guest)),
      };
      const { median: middle, most, guest } = results[name];
      console.log(
        `  ${name.padEnd(16)} ${middle.toFixed(1)} MiB beyond the guest's ${guest.toFixed(1)}, at most ${most.toFixed(1)}`,
      );
    }
    const how = 'VmHWM less resident guest pages (pagemap), MiB, by run';
    return { how, runs, results };
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
