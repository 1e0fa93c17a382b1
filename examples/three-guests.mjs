// Three guests share one hart; the last one weighs three times as much as each of the others. `npm run build` first.
import { assemble, Host, virtMachine } from 'hypercraft';
import { nodePlatform } from 'hypercraft/node';

const base = 0x8000_0000n;
const machine = virtMachine({ memory: { base, size: 8n << 20n } });
const { bytes } = assemble('count: addi s0, s0, 1\nj count', { base });
const boot = { segments: [{ what: 'guest', gpa: base, bytes }], entry: base, dtbAddress: base };

const host = await Host.create({ platform: nodePlatform(), scheduler: { policy: 'weighted-fair', slice: 4 } });
const guests = [];
for (const weight of [1, 1, 3])
  guests.push(await host.createVm({ name: `weight ${weight}`, machine, boot, share: { weight } }));
for (const vm of guests) vm.run().catch(() => {}); // they never end by themselves

await new Promise((resolve) => setTimeout(resolve, 2000));
const all = guests.reduce((sum, vm) => sum + vm.stats().ran, 0);
for (const vm of guests) {
  const { ran, stolen } = vm.stats();
  console.log(`${vm.name}: ${Math.round((ran / all) * 100)} % of the time, ${Math.round(stolen)} ms stolen`);
}
for (const vm of guests) await vm[Symbol.asyncDispose]();
