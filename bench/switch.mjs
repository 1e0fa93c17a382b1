// What it costs to switch guests on a hart: two that count, with short turns and with long ones, on this thread. Short turns lose what the
// switches take. Processor time and not the clock, since others use the machine, too.
import { join } from 'node:path';
import { median } from './contest.mjs';

const BASE = 0x8000_0000n;
const MILLISECONDS = 700;
const SLICES = { short: 0.01, long: 20 };

export async function switches({ root, rounds }) {
  const { Host, assemble, virtMachine } = await import(join(root, 'dist/index.js'));
  const bytes = assemble('li s0, 0\nspin: addi s0, s0, 1\nj spin', { base: BASE }).bytes;

  /** Processor milliseconds per million instructions, and switches per million instructions. */
  async function run(slice) {
    // Only the interpreter: how soon a loop is translated is not what is measured.
    const host = await Host.create({ jit: 'off', scheduler: { slice } });
    const vms = [];
    for (let i = 0; i < 2; i++) {
      const machine = virtMachine({ memory: { base: BASE, size: 8n << 20n } });
      const boot = { segments: [{ what: 'guest', gpa: BASE, bytes }], entry: BASE, dtbAddress: 0x8020_0000n };
      vms.push(await host.createVm({ machine, boot, threads: false }));
    }
    for (const vm of vms) vm.run().catch(() => {});
    const look = () => {
      const { user, system } = process.cpuUsage();
      const stats = vms.map((vm) => vm.stats());
      return {
        processor: (user + system) / 1000,
        instructions: stats.reduce((sum, { instructions }) => sum + Number(instructions), 0),
        turns: stats.reduce((sum, { exits }) => sum + exits.budget + exits.kicked, 0),
      };
    };
    await new Promise((resolve) => setTimeout(resolve, 300));
    const before = look();
    await new Promise((resolve) => setTimeout(resolve, MILLISECONDS));
    const after = look();
    for (const vm of vms) await vm[Symbol.asyncDispose]();
    const instructions = after.instructions - before.instructions;
    return {
      perInstruction: (after.processor - before.processor) / instructions,
      turnsPerInstruction: (after.turns - before.turns) / instructions,
    };
  }

  const microseconds = [];
  for (let round = 0; round < rounds; round++) {
    const [short, long] = [await run(SLICES.short), await run(SLICES.long)];
    const lost = short.perInstruction - long.perInstruction;
    microseconds.push((lost / (short.turnsPerInstruction - long.turnsPerInstruction)) * 1000);
  }
  const result = { microseconds: median(microseconds), runs: microseconds.map((one) => Number(one.toFixed(2))) };
  console.log(`  a switch takes ${result.microseconds.toFixed(2)} us (${result.runs.join(', ')})`);
  return result;
}
