// The 16550A against the PC16550D data sheet and against what drivers do to it: Linux's probe, xv6's set-up, polling.
import { describe, expect, test } from 'vitest';
import { ByteRing } from './ring.js';
import { Uart16550, type Uart16550Options } from './uart16550.js';

const [RBR, IER, IIR, LCR, MCR, LSR, MSR, SCR] = [0, 1, 2, 3, 4, 5, 6, 7] as const;
const [THR, FCR] = [RBR, IIR];
const [RDI, THRI, RLSI, MSI] = [1, 2, 4, 8] as const;
const IDLE = 0x60; // THRE | TEMT

function port(options: Partial<Uart16550Options> & { outputBytes?: number } = {}) {
  const input = ByteRing.allocate(1024);
  const output = ByteRing.allocate(options.outputBytes ?? 1024);
  const world = { level: false, outputs: 0 };
  const uart = new Uart16550({
    irq: { set: (level) => (world.level = level) },
    input,
    output,
    onOutput: () => world.outputs++,
    ...options,
  });
  const type = (text: string): void => {
    input.push(new TextEncoder().encode(text));
    uart.poll();
  };
  const read = (register: number): number => uart.read(register, 1);
  const write = (register: number, value: number): void => uart.write(register, 1, value);
  const receive = (): string => {
    let text = '';
    while (read(LSR) & 1) text += String.fromCharCode(read(RBR));
    return text;
  };
  const sent = (): string => new TextDecoder().decode(output.pull());
  return { uart, input, output, world, type, read, write, receive, sent };
}

describe('registers', () => {
  test('reset_values', () => {
    const { read, world } = port();
    expect([IER, IIR, LCR, MCR, LSR, MSR, SCR].map(read)).toEqual([0, 1, 0, 0, IDLE, 0xb0, 0]);
    expect(world.level).toBe(false);
  });

  test('dlab_swaps_the_first_two_for_the_divisor', () => {
    const { read, write, sent } = port();
    write(IER, RDI);
    write(LCR, 0x83);
    write(RBR, 0x0c);
    write(IER, 0x01);
    expect([read(RBR), read(IER)]).toEqual([0x0c, 0x01]);
    write(LCR, 0x03);
    expect([read(RBR), read(IER), sent()]).toEqual([0, RDI, '']);
  });

  test('unimplemented_bits_read_zero_and_status_registers_are_read_only', () => {
    const { read, write } = port();
    write(IER, 0xff);
    write(MCR, 0xe0);
    write(LSR, 0);
    write(MSR, 0);
    write(SCR, 0x5a);
    write(8, 0xff);
    expect([IER, MCR, LSR, MSR, SCR, 8].map(read)).toEqual([0x0f, 0, IDLE, 0xb0, 0x5a, 0]);
  });

  test('fifo_enable_shows_in_iir_and_marks_a_16550a', () => {
    const { read, write } = port();
    write(FCR, 0x01);
    expect(read(IIR)).toBe(0xc1);
    write(FCR, 0x00);
    expect(read(IIR)).toBe(0x01);
  });
});

describe('transmitter', () => {
  test('bytes_go_out_at_once_and_tell_the_owner', () => {
    const { read, write, sent, world } = port();
    for (const byte of [0x68, 0x69]) write(THR, byte);
    expect([read(LSR), sent(), world.outputs]).toEqual([IDLE, 'hi', 2]);
  });

  test('enabling_thri_while_empty_interrupts_until_iir_was_read', () => {
    const { read, write, world } = port();
    write(IER, THRI);
    expect(world.level).toBe(true);
    expect([read(IIR), read(IIR), world.level]).toEqual([0x02, 0x01, false]);
    write(THR, 0x61);
    expect([world.level, read(IIR)]).toEqual([true, 0x02]);
    write(IER, 0);
    write(IER, THRI);
    expect(read(IIR)).toBe(0x02);
  });

  test('full_output_ring_holds_thre_low_and_loses_nothing', () => {
    const { uart, read, write, sent, world } = port({ outputBytes: 2 });
    write(FCR, 0x01);
    write(IER, THRI);
    for (const char of 'abcdef') write(THR, char.charCodeAt(0));
    expect([read(LSR), uart.blocked, world.level]).toEqual([0, true, false]);
    let text = '';
    for (let pulls = 0; pulls < 3; pulls++) {
      text += sent();
      uart.poll();
    }
    expect([text, read(LSR), uart.blocked, world.level]).toEqual(['abcdef', IDLE, false, true]);
  });

  test('guest_that_ignores_thre_overwrites_only_what_has_not_left', () => {
    const { uart, write, sent } = port({ outputBytes: 1 });
    write(THR, 0x61);
    write(THR, 0x62);
    write(THR, 0x63);
    const first = sent();
    uart.poll();
    expect(first + sent()).toBe('ac');
  });

  test('transmitter_reset_drops_what_waits', () => {
    const { uart, read, write, sent } = port({ outputBytes: 1 });
    write(FCR, 0x01);
    for (const char of 'abc') write(THR, char.charCodeAt(0));
    write(FCR, 0x05);
    expect(read(LSR)).toBe(IDLE);
    const first = sent();
    uart.poll();
    expect(first + sent()).toBe('a');
  });
});

describe('receiver', () => {
  test('input_arrives_in_order_and_interrupts_while_there_is_some', () => {
    const { read, write, type, receive, world } = port();
    write(FCR, 0x01);
    write(IER, RDI);
    type('hello');
    expect([world.level, read(IIR)]).toEqual([true, 0xc4]);
    expect(receive()).toBe('hello');
    expect([world.level, read(IIR), read(RBR)]).toEqual([false, 0xc1, 0]);
  });

  test('less_than_the_trigger_level_is_a_timeout_more_is_data', () => {
    const { read, write, type } = port();
    write(FCR, 0xc1); // trigger at 14
    write(IER, RDI);
    type('0123456789abc');
    expect(read(IIR)).toBe(0xcc);
    type('d');
    expect(read(IIR)).toBe(0xc4);
    read(RBR);
    expect(read(IIR)).toBe(0xcc);
  });

  test('fifo_is_refilled_from_the_ring_and_never_overruns', () => {
    const { read, write, type, receive, input } = port();
    write(FCR, 0x01);
    write(IER, RDI);
    const text = 'x'.repeat(40);
    type(text);
    expect(input.length).toBe(24);
    expect(receive()).toBe(text);
    expect(read(LSR) & 0x02).toBe(0);
  });

  test('without_fifos_one_byte_waits_at_a_time', () => {
    const { read, write, type, receive, input } = port();
    write(IER, RDI);
    type('abc');
    expect([input.length, read(IIR)]).toEqual([2, 0x04]);
    expect(receive()).toBe('abc');
  });

  test('interrupts_come_by_priority', () => {
    const { read, write, type } = port({ holdInput: false });
    write(FCR, 0x01);
    write(MCR, 0x10);
    for (let byte = 0; byte < 17; byte++) write(THR, byte); // overrun in loopback
    write(IER, RDI | THRI | RLSI | MSI);
    const seen = [read(IIR)];
    read(LSR);
    seen.push(read(IIR));
    for (let byte = 0; byte < 16; byte++) read(RBR);
    seen.push(read(IIR), read(IIR));
    read(MSR);
    seen.push(read(IIR));
    type('');
    expect(seen).toEqual([0xc6, 0xc4, 0xc2, 0xc0, 0xc1]);
  });
});

describe('held input', () => {
  test('piped_bytes_survive_the_probe_and_start_of_linux_8250_driver', () => {
    const { read, write, type, receive, input } = port();
    type('uname\n');
    // autoconfig: scratch IER, loopback test, FIFO test, clear
    write(IER, 0x0f);
    write(IER, 0x00);
    write(MCR, 0x1a);
    expect(read(MSR) & 0xf0).toBe(0x90);
    write(MCR, 0x00);
    write(FCR, 0x01);
    expect(read(IIR) >> 6).toBe(3);
    for (const value of [0x01, 0x07, 0x00]) write(FCR, value);
    // startup: clear, read everything once, enable, then set_termios turns the FIFOs on
    for (const value of [0x01, 0x07, 0x00]) write(FCR, value);
    for (const register of [LSR, RBR, IIR, MSR]) read(register);
    write(LCR, 0x03);
    write(IER, RDI | RLSI);
    write(FCR, 0x01);
    write(FCR, 0x81);
    expect(receive()).toBe('uname\n');
    expect(input.length).toBe(0);
  });

  test('input_waits_while_only_the_transmitter_is_used', () => {
    const { read, write, type, input } = port();
    type('abc');
    for (let line = 0; line < 100; line++) {
      expect(read(LSR)).toBe(IDLE);
      write(THR, 0x2e);
    }
    expect(input.length).toBe(3);
  });

  test('persistent_polling_receives_without_interrupts', () => {
    const { read, type, receive } = port();
    type('abc');
    for (let look = 0; look < 63; look++) expect(read(LSR) & 1).toBe(0);
    expect(receive()).toBe('abc');
  });

  test('masked_interrupt_leaves_the_fifo_readable_and_stops_refilling', () => {
    const { write, type, receive, input } = port();
    write(FCR, 0x01);
    write(IER, RDI);
    type('x'.repeat(20));
    write(IER, 0);
    expect(receive()).toBe('x'.repeat(16));
    expect(input.length).toBe(4);
    write(IER, RDI);
    expect(receive()).toBe('x'.repeat(4));
  });

  test('unheld_input_is_there_at_once_and_lost_by_a_reset', () => {
    const { read, write, type } = port({ holdInput: false });
    type('ab');
    expect(read(LSR) & 1).toBe(1);
    write(FCR, 0x01);
    expect([read(LSR) & 1, read(RBR)]).toEqual([1, 'b'.charCodeAt(0)]);
  });
});

describe('loopback', () => {
  test('sent_bytes_come_back_and_reach_nobody', () => {
    const { write, type, receive, sent, input } = port();
    write(FCR, 0x01);
    write(IER, RDI);
    write(MCR, 0x10);
    type('outside');
    for (const char of 'echo') write(THR, char.charCodeAt(0));
    expect([receive(), sent(), input.length]).toEqual(['echo', '', 7]);
    write(MCR, 0x00);
    expect(receive()).toBe('outside');
  });

  test('overrun_sets_oe_until_lsr_was_read', () => {
    const { read, write } = port();
    write(MCR, 0x10);
    write(THR, 1);
    write(THR, 2);
    expect([read(LSR) & 0x03, read(LSR) & 0x03, read(RBR)]).toEqual([0x03, 0x01, 2]);
  });

  test('modem_outputs_are_the_modem_inputs_with_deltas', () => {
    const { read, write, world } = port();
    write(MCR, 0x10);
    read(MSR);
    write(IER, MSI);
    write(MCR, 0x14); // OUT1 -> RI: its leading edge is no event
    expect([world.level, read(MSR)]).toEqual([false, 0x40]);
    write(MCR, 0x1b); // RTS, DTR, OUT2 -> CTS, DSR, DCD; RI falls
    expect([world.level, read(IIR), read(MSR), read(MSR)]).toEqual([true, 0x00, 0xbf, 0xb0]);
    expect(world.level).toBe(false);
  });
});

test('xv6_console_sets_up_and_echoes', () => {
  const { read, write, type, sent, world } = port();
  for (const [register, value] of [
    [IER, 0x00],
    [LCR, 0x80],
    [RBR, 0x03],
    [IER, 0x00],
    [LCR, 0x03],
    [FCR, 0x07],
    [IER, 0x03],
  ] as const) {
    write(register, value);
  }
  type('k');
  expect(world.level).toBe(true);
  const key = read(RBR);
  read(IIR);
  expect(read(LSR) & 0x20).toBe(0x20);
  write(THR, key);
  expect(sent()).toBe('k');
});
