// A machine's state taken from its parts, and put back into those of another one.
import { TIME_OFFSET } from '../../engine/hart/layout.js';
import type { Engine } from '../../engine/index.js';
import { HypercraftError } from '../../isa/error.js';
import type { Sbi } from '../sbi/index.js';
import type { Board } from './board.js';
import type { Console } from './console.js';
import type { Member } from './member.js';
import type { Rounds } from './rounds.js';
import { MACHINE_STATE_VERSION, type MachineState } from './state.js';

/** The parts of a machine that have state. */
export interface StatefulParts {
  readonly engine: Engine;
  readonly members: readonly Member[];
  readonly board: Board;
  readonly console: Console;
  readonly sbi: Sbi | undefined;
  readonly rounds: Rounds | undefined;
}

/** Everything but memory. The machine must be at rest. */
export function saveMachine({ engine, members, board, console, ...parts }: StatefulParts): MachineState {
  const sbi = parts.sbi?.save();
  const rounds = parts.rounds?.save();
  return {
    kind: 'machine',
    version: MACHINE_STATE_VERSION,
    time: engine.now(members[0]!.vcpu.area),
    vcpus: members.map(({ vcpu }) => vcpu.atRest(() => vcpu.save())),
    asleep: members.map(({ hold }) => hold === 'wfi'),
    devices: board.save(),
    input: console.pending(),
    ...(sbi === undefined ? {} : { sbi }),
    ...(rounds === undefined ? {} : { rounds }),
  };
}

/** @throws HypercraftError `MACHINE_STATE_MISMATCH` */
export function restoreMachine(
  { engine, members, board, console, sbi, rounds }: StatefulParts,
  state: MachineState,
): void {
  const fits =
    state.kind === 'machine' &&
    state.version === MACHINE_STATE_VERSION &&
    state.vcpus.length === members.length &&
    (state.sbi === undefined) === (sbi === undefined);
  if (!fits) throw new HypercraftError('MACHINE_STATE_MISMATCH', 'the saved state is not of a machine like this one');
  const { view } = engine;
  members.forEach(({ vcpu }, id) => {
    vcpu.restore(state.vcpus[id]!);
  });
  if (state.sbi !== undefined) sbi!.restore(state.sbi);
  console.restore(state.input);
  const areas = members.map(({ vcpu }) => vcpu.area);
  const behind = state.time - engine.now(areas[0]!);
  const offset = BigInt.asUintN(64, view.getBigUint64(areas[0]! + TIME_OFFSET, true) + behind);
  for (const area of areas) view.setBigUint64(area + TIME_OFFSET, offset, true);
  if (state.rounds !== undefined) rounds?.restore(state.rounds);
  board.restore(state.devices);
}
