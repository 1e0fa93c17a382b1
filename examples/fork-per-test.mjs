// One guest boots once; every test gets a fork of it, changes what it likes, and leaves the others alone. `npm run build` first.
import { Host, planBoot, Vm, virtMachine } from 'hypercraft';
import { helloImage } from 'hypercraft/boot';
import { nodePlatform } from 'hypercraft/node';

const machine = virtMachine({ memory: { base: 0x8000_0000n, size: 64n << 20n } });
const boot = await planBoot({ machine, kernel: helloImage().bytes, chosen: { bootargs: 'console=ttyS0' } });
const platform = nodePlatform();
const host = await Host.create({ platform });
const parent = await Vm.create(host, platform, { machine, boot, name: 'booted' });
const booted = new Promise((resolve) => parent.on('output', (bytes) => resolve(bytes)));
parent.run().catch(() => {});
await booted;
await parent.pause();

const before = host.pages.free;
for (const word of ['one', 'two', 'three']) {
  const vm = await parent.fork({ name: word });
  let text = '';
  vm.on('output', (bytes) => {
    text += new TextDecoder().decode(bytes);
  });
  const end = vm.run();
  await vm.input(new TextEncoder().encode(`${word}q`));
  console.log(
    `${vm.name}: ${(await end).kind}, echoed ${text.includes(word)}, at the cost of ${before - host.pages.free < 64 ? 'a few' : 'many'} pages`,
  );
  await vm[Symbol.asyncDispose]();
}
await parent[Symbol.asyncDispose]();
