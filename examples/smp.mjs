// A guest of four harts: the first starts the others by SBI, each adds its number to a sum, the last one to come powers the
// machine off. `npm run build` first.
import { assemble, Host, virtMachine } from 'hypercraft';
import { nodePlatform } from 'hypercraft/node';

const base = 0x8000_0000n;
const harts = 4;
const machine = virtMachine({ harts, memory: { base, size: 8n << 20n } });
const { bytes } = assemble(
  `
  li s1, ${harts - 1}
start:
  mv a0, s1                          # which hart
  la a1, work                        # where it starts
  li a2, 0
  li a7, 0x48534d                    # HSM: hart_start
  li a6, 0
  ecall
  addi s1, s1, -1
  bnez s1, start
  li a0, 0
work:                                # a0 = hart id
  la t0, sum
  addi t1, a0, 1
  amoadd.d zero, t1, (t0)
  la t0, done
  li t1, 1
  amoadd.d t2, t1, (t0)
  li t1, ${harts - 1}
  beq t2, t1, last
sleep:
  wfi
  j sleep
last:
  li t0, 0x100000
  li t1, 0x5555
  sw t1, 0(t0)
  .align 3
sum: .dword 0
done: .dword 0
`,
  { base },
);
const boot = { segments: [{ what: 'guest', gpa: base, bytes }], entry: base, dtbAddress: base };

const host = await Host.create({ platform: nodePlatform() });
const vm = await host.createVm({ machine, boot });
const end = await vm.run();
const sum = new DataView(vm.memory.read(base + BigInt(bytes.length) - 16n, 8).buffer).getBigUint64(0, true);
console.log(`${harts} harts added up to ${sum} and ended by ${end.kind}`);
await vm[Symbol.asyncDispose]();
