// Runs a benchmark program as a guest with the package's public API, in whatever realm this is: milliseconds, and what it found.
import { planBoot, virtMachine } from '../../dist/boot/index.js';
import { Host, Vm } from '../../dist/index.js';

export async function runGuest(platform, kernel) {
  const machine = virtMachine({ memory: { base: 0x8000_0000n, size: 64n << 20n } });
  const boot = await planBoot({ machine, kernel });
  const host = await Host.create({ platform });
  const vm = await Vm.create(host, platform, { machine, boot });
  let text = '';
  vm.on('output', (bytes) => {
    text += String.fromCharCode(...bytes);
  });
  const started = performance.now();
  await vm.run();
  const milliseconds = performance.now() - started;
  await vm[Symbol.asyncDispose]();
  const check = /check=(\d+)/.exec(text)?.[1];
  return { milliseconds, check: check && BigInt(check).toString(16).padStart(16, '0') };
}
