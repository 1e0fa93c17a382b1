// `npm run lockstep [-- --image debian|hello] [--mode M] [--jit on|always] [--instructions 200e6] [--every 65536]`: the same guest interpreted
// and translated, compared at every exit and every so many instructions. Needs dist/ (`npm run build`).
import { parseArgs } from 'node:util';
import { helloImage, planBoot, virtMachine } from '../dist/boot/index.js';
import { divergenceText, lockstep } from '../dist/debug/index.js';
import { openImageStore } from '../dist/platform/node/images.js';
import { nodePlatform } from '../dist/platform/node/worker.js';
import { Host } from '../dist/vmm/index.js';

const { values: options } = parseArgs({
  options: {
    image: { type: 'string', default: 'debian' },
    mode: { type: 'string', default: 'hypervisor' },
    jit: { type: 'string', default: 'on' },
    instructions: { type: 'string', default: '200e6' },
    every: { type: 'string', default: '65536' },
    memory: { type: 'string', default: '256' },
    harts: { type: 'string', default: '1' },
  },
});

const machine = virtMachine({
  mode: options.mode,
  harts: Number(options.harts),
  memory: { base: 0x8000_0000n, size: BigInt(options.memory) << 20n },
});
const boot = await planBoot({
  machine,
  ...(await files()),
  chosen: { rngSeed: new Uint8Array(64), bootargs: 'console=ttyS0 earlycon=sbi' },
});

async function files() {
  if (options.image === 'hello') return { kernel: helloImage().bytes };
  const image = await openImageStore().pull('debian');
  return { kernel: await image.readKernel(), initrd: await image.readInitramfs() };
}

function side(jit) {
  return {
    name: `jit ${jit}`,
    async start() {
      const host = await Host.create({ platform: nodePlatform(), jit });
      // Typed when the shell is there: it stays in the UART's queue until then.
      const script = new TextEncoder().encode('uname -a\n');
      return { host, vm: await host.createVm({ machine, boot, threads: false, deterministic: { script } }) };
    },
  };
}

const started = performance.now();
const { instructions, points, divergence } = await lockstep(side('off'), side(options.jit), {
  instructions: Number(options.instructions),
  every: Number(options.every),
});
const seconds = ((performance.now() - started) / 1000).toFixed(1);
console.log(`lockstep: ${instructions} instructions and traps alike at ${points} points, ${seconds} s`);
if (divergence !== undefined) console.log(divergenceText(divergence));
process.exit(divergence === undefined ? 0 : 1);
