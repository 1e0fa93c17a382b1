// The finisher's one register.
import { expect, test } from 'vitest';
import { Finisher, type FinisherCause } from './finisher.js';

function finisher(): { device: Finisher; causes: FinisherCause[] } {
  const causes: FinisherCause[] = [];
  return { device: new Finisher({ onFinish: (cause) => causes.push(cause) }), causes };
}

test.each([
  [0x5555, { kind: 'power-off' }],
  [0x7777, { kind: 'reboot' }],
  [0x3333, { kind: 'failure', code: 0 }],
  [0x0001_3333, { kind: 'failure', code: 1 }],
  [0xffff_3333 | 0, { kind: 'failure', code: 0xffff }],
  [0xabcd_5555, { kind: 'power-off' }],
])('value_%i_written_ends_the_machine', (value, cause) => {
  const { device, causes } = finisher();
  device.write(0, 4, value);
  expect(causes).toEqual([cause]);
});

test('halfword_write_carries_no_code', () => {
  const { device, causes } = finisher();
  device.write(0, 2, 0x3333);
  expect(causes).toEqual([{ kind: 'failure', code: 0 }]);
});

test('other_values_offsets_and_widths_do_nothing', () => {
  const { device, causes } = finisher();
  device.write(0, 4, 0);
  device.write(4, 4, 0x5555);
  device.write(0, 1, 0x55);
  expect(causes).toEqual([]);
  expect(device.read(0, 4)).toBe(0);
});

test('syscon_nodes_name_the_finisher_and_its_values', () => {
  const { device } = finisher();
  expect(device.sysconNodes(6)).toEqual([
    { name: 'poweroff', properties: { compatible: 'syscon-poweroff', regmap: 6, offset: 0, value: 0x5555 } },
    { name: 'reboot', properties: { compatible: 'syscon-reboot', regmap: 6, offset: 0, value: 0x7777 } },
  ]);
});
