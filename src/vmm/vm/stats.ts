// The figures of a machine, read from the areas of its vCPUs and its control area.
import {
  JIT_RETIRED,
  STAT_DECODES,
  STAT_MMIO,
  STAT_REGIONS_ENTERED,
  STAT_REGIONS_MISSED,
  STAT_TRAPS,
  STAT_WALKS,
} from '../../engine/hart/layout.js';
import type { Engine } from '../../engine/index.js';
import { PAGE_SIZE } from '../../host/index.js';
import { figuresOf } from '../../jit/figures.js';
import type { Control } from '../machine/control.js';
import { EXIT_KINDS } from '../machine/exit-kinds.js';
import type { PageBudget } from '../page-budget.js';
import type { VCpu } from '../vcpu.js';
import type { VmStats } from './config.js';

/** Who keeps what figures of a machine. */
export interface Kept {
  readonly vcpus: readonly VCpu[];
  readonly control: Control;
  readonly budget: PageBudget;
  /** By vCPU. */
  readonly harts: readonly number[];
}

export function statsOf({ view, u32 }: Engine, { vcpus, control, budget, harts }: Kept): VmStats {
  const sum = (offset: number): bigint =>
    vcpus.reduce((total, { area }) => total + view.getBigUint64(area + offset, true), 0n);
  const counts = control.exits();
  const times = vcpus.map(({ id }) => control.time(id));
  return {
    instructions: vcpus.reduce((total, vcpu) => total + vcpu.retired, 0n),
    exits: Object.fromEntries(EXIT_KINDS.map((kind, index) => [kind, counts[index]!])) as VmStats['exits'],
    translated: sum(JIT_RETIRED),
    jit: figuresOf(u32),
    regionsEntered: sum(STAT_REGIONS_ENTERED),
    regionsMissed: sum(STAT_REGIONS_MISSED),
    pageWalks: sum(STAT_WALKS),
    decodes: sum(STAT_DECODES),
    traps: sum(STAT_TRAPS),
    mmio: sum(STAT_MMIO),
    resident: budget.held * PAGE_SIZE,
    ran: times.reduce((total, { ran }) => total + ran, 0),
    stolen: times.reduce((total, { stolen }) => total + stolen, 0),
    harts,
  };
}
