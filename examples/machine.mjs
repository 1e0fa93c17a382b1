// A whole machine: boots the embedded guest `hello` in a worker and joins its console to this process. `npm run build` first.
import { Host, planBoot, Vm, virtMachine } from 'hypercraft';
import { helloImage } from 'hypercraft/boot';
import { nodePlatform } from 'hypercraft/node';

const machine = virtMachine({ memory: { base: 0x8000_0000n, size: 64n << 20n } });
const boot = await planBoot({ machine, kernel: helloImage().bytes, chosen: { bootargs: 'console=ttyS0' } });

const platform = nodePlatform();
const vm = await Vm.create(await Host.create({ platform }), platform, { machine, boot });
vm.on('output', (bytes) => process.stdout.write(bytes));
vm.input(new TextEncoder().encode('hello! q'));
const end = await vm.run();
console.log(`the guest ended by ${end.kind}`);
await vm[Symbol.asyncDispose]();
