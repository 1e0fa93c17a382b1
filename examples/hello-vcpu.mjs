// Hello world: a host, a nested page table, a vCPU; run it, look at the exit, answer it. `npm run build` first.
import { assemble, Host, NestedPageTable } from 'hypercraft';

const host = await Host.create();
const npt = new NestedPageTable(host);
const page = host.allocPages(1);
npt.map(0x8000_0000n, page, 4096, 'rwx');

const program = assemble("li a7, 1\n li a0, 'H'\n ecall\n li a0, 'i'\n ecall\n wfi", { base: 0x8000_0000n });
host.memory.write(page, program.bytes);

const vcpu = host.perCpu(0).createVcpu(0, 0x8000_0000n, { table: npt });
for (let exit = vcpu.run(); exit.kind === 'sbi-call'; exit = vcpu.run()) {
  console.log(`sbi-call ${exit.extension}:`, String.fromCharCode(Number(exit.args[0])));
  vcpu.completeLegacySbi(0n);
}
console.log(`stopped at 0x${vcpu.read('pc').toString(16)} after ${vcpu.retired} instructions`);
