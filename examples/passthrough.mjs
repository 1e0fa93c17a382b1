// Devices of the host belong to one guest: its loads and stores reach the host's second serial port and its clock by the nested page
// table, its PLIC gets their interrupts, and they can be taken back while the guest runs. `npm run build` first.
import { assemble, Host, hostDeviceNode, virtMachine } from 'hypercraft';
import { nodePlatform } from 'hypercraft/node';

const base = 0x8000_0000n;
// The nodes are for guests that read a device tree; this one knows where its devices are.
const devices = [hostDeviceNode('uart1'), hostDeviceNode('rtc')];
const machine = virtMachine({ memory: { base, size: 8n << 20n }, devices });
const now = base + 0x10_0000n;
const { bytes } = assemble(
  `
  la t0, gone
  csrw stvec, t0
  li s1, 0x102000                    # the clock: nanoseconds since 1970, the low half first
  lwu t0, 0(s1)
  lwu t1, 4(s1)
  slli t1, t1, 32
  or t0, t0, t1
  li t1, ${now}
  sd t0, 0(t1)
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
const [serial, clock] = [host.device('uart1'), host.device('rtc')];
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
await guest.assign(clock);
await other.assign(serial).catch((error) => console.log(`${error.code}: ${error.message}`));

const end = guest.run();
await serial.input(new TextEncoder().encode('Hello'));
console.log(`the guest answers: ${await answered}`);
const [read] = new BigUint64Array(guest.memory.read(now, 8).slice().buffer);
const minutes = Math.abs(Number(read) / 1e6 - Date.now()) / 60_000;
console.log(`it has read the host's clock: ${minutes < 1}`);
await guest.release(serial);
console.log(`without its port it ends by ${(await end).kind}`);
await guest[Symbol.asyncDispose]();
await other[Symbol.asyncDispose]();
