// Seconds from the start of the process until Debian shows its prompt: `hypervisor` and `firmware` mode and QEMU, the same
// kernel and initramfs for all. What was translated is kept for the next turn, but for `cold`.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { have, median, takeTurns } from './contest.mjs';

const PROMPT = '~ # ';
const LIMIT_MS = 200_000;

/** Starts a contestant, waits for the prompt, and ends it. */
function measure({ name, command, args }) {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    let text = '';
    const fail = () => reject(new Error(`${name} showed no prompt:\n${text.slice(-2000)}`));
    const timer = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS);
    let seconds;
    child.stdout.setEncoding('latin1').on('data', (piece) => {
      text += piece;
      if (seconds !== undefined || !text.includes(PROMPT)) return;
      seconds = (performance.now() - started) / 1000;
      child.kill('SIGKILL');
    });
    child.on('error', reject);
    child.on('close', () => {
      clearTimeout(timer);
      if (seconds === undefined) fail();
      else resolve({ seconds });
    });
  });
}

export async function boot({ root, rounds, node }) {
  const { openImageStore } = await import(join(root, 'dist/platform/node/index.js'));
  let image;
  try {
    image = await openImageStore().pull('debian');
  } catch (error) {
    console.error(`bench: boot needs the image debian: ${error.message}`);
    return undefined;
  }
  const cli = [join(root, 'dist/cli.js'), 'run', 'debian', '--mode'];
  const contestants = [
    { name: 'hypervisor', command: node, args: [...cli, 'hypervisor'] },
    { name: 'firmware', command: node, args: [...cli, 'firmware'] },
    { name: 'cold', command: node, args: [...cli, 'hypervisor', '--jit-cache', 'off'] },
  ];
  if (have('qemu-system-riscv64')) {
    const files = [
      '-kernel',
      image.kernelPath,
      '-initrd',
      image.initramfsPath,
      '-append',
      'console=ttyS0 earlycon=sbi',
    ];
    const args = ['-M', 'virt', '-m', '512M', '-display', 'none', '-serial', 'stdio', ...files];
    contestants.push({ name: 'qemu', command: 'qemu-system-riscv64', args });
  }
  const runs = await takeTurns(contestants, rounds, measure);
  const seconds = Object.fromEntries(
    Object.entries(runs).map(([name, list]) => [name, +median(list.map((run) => run.seconds)).toFixed(3)]),
  );
  for (const [name, each] of Object.entries(seconds))
    console.log(`  ${name.padEnd(12)} ${each.toFixed(2)} s to the prompt`);
  const ratios = { hypervisorOverFirmware: +(seconds.hypervisor / seconds.firmware).toFixed(3) };
  if (seconds.qemu) {
    ratios.timeOverQemu = +(seconds.hypervisor / seconds.qemu).toFixed(3);
    ratios.coldTimeOverQemu = +(seconds.cold / seconds.qemu).toFixed(3);
  }
  return { linux: image.kernelVersion, runs, seconds, ratios };
}
