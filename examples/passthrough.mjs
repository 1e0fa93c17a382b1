// A device of the host belongs to one guest: its loads and stores reach the host's second serial port by the nested page
// table, its PLIC gets the port's interrupt, and it can be taken back while the guest runs. `npm run build` first.
import { assemble, Host, hostDeviceNode, virtMachine } from 'hypercraft';
import { nodePlatform } from 'hypercraft/node';

const base = 0x8000_0000n;
// The node is for guests that read a device tree; this one knows where the port is.
const machine = virtMachine({ memory: { base, size: 8n << 20n }, devices: [hostDeviceNode('uart1')] });
const { bytes } = assemble(
  `
  la t0, gone
  csrw stvec, t0
  li s0, 0x10009000                  # the port
again:
  lbu t1, 5(s0)                      # line status: has something come?
  andi t1, t1, 1
  beqz t1, again
  lbu a0, 0(s0)
  xori a0, a0, 32                    # changes case
  sb a0, 0(s0)
  j again
  .align 2
gone:                                # the port has been taken away: an access fault
  li t0, 0x100000
  li t1, 0x5555
  sw t1, 0(t0)
`,
  { base },
);
const boot = { segments: [{ what: 'guest', gpa: base, bytes }], entry: base, dtbAddress: base };

const host = await Host.create({ platform: nodePlatform() });
const serial = host.device('uart1');
const answered = new Promise((resolve) => {
  let text = '';
  serial.on('output', (bytes) => {
    text += new TextDecoder().decode(bytes);
    if (text.length === 5) resolve(text);
  });
});

const guest = await host.createVm({ name: 'owner', machine, boot });
const other = await host.createVm({ name: 'other', machine, boot });
await guest.assign(serial);
await other.assign(serial).catch((error) => console.log(`${error.code}: ${error.message}`));

const end = guest.run();
await serial.input(new TextEncoder().encode('Hello'));
console.log(`the guest answers: ${await answered}`);
await guest.release(serial);
console.log(`without its port it ends by ${(await end).kind}`);
await guest[Symbol.asyncDispose]();
await other[Symbol.asyncDispose]();
