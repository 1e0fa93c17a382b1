// Words for what a guest did: one line per exit for `--trace exits`, a table for `--stats`.
import type { TracedExit, VmExit, VmStats } from '../vmm/index.js';

/** `exit 0 pc 0x80201234 sbi-call extension=0x4442434e function=0x0 args=0x1c,0x80201000,0x0,0x0,0x0,0x0`. */
export function traceLine({ vcpu, pc, exit }: TracedExit): string {
  return `exit ${vcpu} pc 0x${pc.toString(16)} ${exitText(exit)}`;
}

function exitText(exit: VmExit): string {
  const { kind, ...fields } = exit;
  const words = fieldsText(fields);
  return words === '' ? kind : `${kind} ${words}`;
}

function fieldsText(fields: object): string {
  return Object.entries(fields)
    .map(([name, value]) => `${name}=${valueText(value)}`)
    .join(' ');
}

function valueText(value: unknown): string {
  if (Array.isArray(value)) return value.map(valueText).join(',');
  if (typeof value === 'bigint' || typeof value === 'number') return `0x${value.toString(16)}`;
  if (typeof value === 'object' && value !== null) return `{${fieldsText(value)}}`;
  return String(value);
}

export function statsLines(stats: VmStats, seconds: number): string[] {
  const million = Number(stats.instructions) / 1e6;
  const row = (name: string, value: bigint | number | string) => `  ${name.padEnd(22)} ${String(value).padStart(14)}`;
  const { jit } = stats;
  const exits = Object.entries(stats.exits).filter(([, count]) => count > 0);
  return [
    'hypercraft: statistics',
    row('seconds', seconds.toFixed(3)),
    row('instructions', stats.instructions),
    row('million a second', (million / seconds).toFixed(1)),
    row('translated', stats.translated),
    row('regions', jit.regions),
    row('  too late', jit.stale),
    row('  evicted', jit.evicted),
    row('  from the cache', jit.fromCache),
    row('modules', jit.modules),
    row('instructions in them', jit.instructions),
    row('bytes of WebAssembly', jit.bytes),
    row('translating, ms', (jit.translating / 1000).toFixed(0)),
    row('  us an instruction', (jit.translating / Math.max(1, jit.instructions)).toFixed(2)),
    row('compiling, ms', (jit.compiling / 1000).toFixed(0)),
    row('regions entered', stats.regionsEntered),
    row('regions missed', stats.regionsMissed),
    row('page walks', stats.pageWalks),
    row('runs decoded', stats.decodes),
    row('traps in the guest', stats.traps),
    row('MMIO in the engine', stats.mmio),
    ...exits.map(([kind, count]) => row(`exits: ${kind}`, count)),
  ];
}
