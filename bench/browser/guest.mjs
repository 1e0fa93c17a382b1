// Runs a benchmark program as a guest with the package's public API, in whatever realm this is: when its turns were done, and what they found.
import { planBoot, virtMachine } from '../../dist/boot/index.js';
import { Host, Vm } from '../../dist/index.js';
import { Marks } from './marks.mjs';

export async function runGuest(platform, kernel) {
  const machine = virtMachine({ memory: { base: 0x8000_0000n, size: 64n << 20n } });
  const boot = await planBoot({ machine, kernel });
  const host = await Host.create({ platform });
  const vm = await Vm.create(host, platform, { machine, boot });
  const marks = new Marks();
  vm.on('output', (bytes) => marks.take(String.fromCharCode(...bytes), 10));
  marks.start();
  await vm.run();
  await vm[Symbol.asyncDispose]();
  return marks.run;
}
