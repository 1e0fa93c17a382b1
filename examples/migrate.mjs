// A guest goes from one process to another while it runs. `npm run build` first.
import { fork } from 'node:child_process';
import { connect, createServer } from 'node:net';
import { Duplex } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { Host, planBoot, Vm, virtMachine } from 'hypercraft';
import { helloImage } from 'hypercraft/boot';

const say = (vm) => vm.on('output', (bytes) => process.stdout.write(bytes));
const type = (vm, text) => vm.input(new TextEncoder().encode(text));

/** The process it comes to. */
async function there() {
  const server = createServer({ noDelay: true });
  server.listen(0, '127.0.0.1', () => process.send(server.address().port));
  const socket = await new Promise((resolve) => server.once('connection', resolve));
  const host = await Host.create();
  const vm = await Vm.receive(host, host.platform, Duplex.toWeb(socket));
  say(vm);
  const end = vm.run();
  await type(vm, 'over here! q');
  console.log(`there it ended by ${(await end).kind}`);
  process.exit();
}

/** The process it leaves. */
async function here() {
  const child = fork(fileURLToPath(import.meta.url), ['there']);
  const port = await new Promise((resolve) => child.once('message', resolve));
  const machine = virtMachine({ memory: { base: 0x8000_0000n, size: 64n << 20n } });
  const boot = await planBoot({ machine, kernel: helloImage().bytes, chosen: { bootargs: 'console=ttyS0' } });
  const host = await Host.create();
  const vm = await Vm.create(host, host.platform, { machine, boot });
  const greeting = new Promise((resolve) => vm.on('output', resolve));
  const end = vm.run();
  await greeting;
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  const { downtime } = await vm.migrate(Duplex.toWeb(socket));
  console.log(
    `here it ended by ${(await end).kind}, after standing still for ${downtime < 1000 ? 'a moment' : 'long'}`,
  );
  await vm[Symbol.asyncDispose]();
  await new Promise((resolve) => child.once('exit', resolve));
}

await (process.argv[2] === 'there' ? there() : here());
