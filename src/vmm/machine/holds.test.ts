// When a machine of several threads is over: not while its harts start each other and stop.
import { expect, it } from 'vitest';
import { HartState } from '../sbi/index.js';
import { allStopped } from './holds.js';

it('harts that are all stopped_are so', () => {
  const hart = { hsm: HartState.stopped };
  expect(allStopped([{ hart }, { hart }], { nudges: 7 })).toBe(true);
});

it('hart that was started by another one, which stopped, after it was looked at_is not', () => {
  const control = { nudges: 7 };
  const first: { hsm: HartState } = { hsm: HartState.stopped };
  const second = {
    get hsm() {
      if (first.hsm === HartState.stopped) {
        first.hsm = HartState.startPending;
        control.nudges++;
      }
      return HartState.stopped;
    },
  };
  expect(allStopped([{ hart: first }, { hart: second }], control)).toBe(false);
});
