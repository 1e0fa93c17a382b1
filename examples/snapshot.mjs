// A guest is saved in the middle of its work and goes on from there, on another host: in a page as well as here.
// `npm run build` first.
import { Host, planBoot, Vm, virtMachine } from 'hypercraft';
import { helloImage } from 'hypercraft/boot';

const machine = virtMachine({ memory: { base: 0x8000_0000n, size: 64n << 20n } });
const boot = await planBoot({ machine, kernel: helloImage().bytes, chosen: { bootargs: 'console=ttyS0' } });
const type = (vm, text) => vm.input(new TextEncoder().encode(text));

async function saved() {
  const host = await Host.create();
  const vm = await Vm.create(host, host.platform, { machine, boot });
  const greeting = new Promise((resolve) => vm.on('output', resolve));
  vm.run().catch(() => {});
  await greeting;
  const bytes = await vm.snapshot();
  await vm[Symbol.asyncDispose]();
  return bytes;
}

const bytes = await saved();
console.log(`64 MiB of memory in ${bytes.length < 65536 ? 'less than 64 KiB' : `${bytes.length} bytes`}`);

// Bytes are bytes: write them to a file, or fetch them into a page.
const host = await Host.create();
const vm = await Vm.restore(host, host.platform, bytes);
vm.on('output', (bytes) => process.stdout.write(bytes));
const end = vm.run();
await type(vm, 'still here! q');
console.log(`ended by ${(await end).kind}`);
await vm[Symbol.asyncDispose]();
