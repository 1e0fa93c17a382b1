// CSR numbers say who may use them; fields are where the specification draws them.
import { describe, expect, test } from 'vitest';
import { csrByName, isCsrName } from './csr.js';
import { csrFields, describeCsr, getField, withField } from './csr-fields.js';
import { csrByNumber, csrTable } from './csr-table.js';

describe('CSR table', () => {
  test('numbers_are_unique_and_known_by_name', () => {
    expect(new Set(csrTable.map((csr) => csr.number)).size).toBe(csrTable.length);
    for (const { name, number } of csrTable) expect(csrByName[name]).toBe(number);
    expect(isCsrName('toString')).toBe(false);
  });

  test('privilege_and_writability_follow_from_the_number', () => {
    expect(csrByNumber(0x300)).toEqual({ name: 'mstatus', number: 0x300, privilege: 'M', readOnly: false });
    expect(csrByNumber(0xc01)).toEqual({ name: 'time', number: 0xc01, privilege: 'U', readOnly: true });
    expect(csrByNumber(0x200)).toMatchObject({ name: 'vsstatus', privilege: 'HS' });
    expect(csrByNumber(0x5a8)).toMatchObject({ name: 'scontext', privilege: 'S' });
    expect(csrByNumber(0x3ef)).toMatchObject({ name: 'pmpaddr63' });
    expect(csrByNumber(0x3a1)).toBeUndefined(); // odd pmpcfg exist on RV32 only
  });
});

describe('CSR fields', () => {
  test('do_not_overlap', () => {
    for (const [csr, fields] of Object.entries(csrFields)) {
      let used = 0n;
      for (const { name, shift, width } of fields) {
        const mask = (2n ** BigInt(width) - 1n) << BigInt(shift);
        expect(used & mask, `${csr}.${name}`).toBe(0n);
        used |= mask;
      }
      expect(used >> 64n).toBe(0n);
    }
  });

  test('are_read_and_replaced', () => {
    const mstatus = withField('mstatus', 'MPP', withField('mstatus', 'SD', 0n, 1n), 3n);
    expect(mstatus).toBe(0x8000_0000_0000_1800n);
    expect(getField('mstatus', 'MPP', mstatus)).toBe(3n);
    expect(describeCsr('mstatus', mstatus)).toBe('MPP=3 SD');
    expect(() => getField('mstatus', 'XYZ', 0n)).toThrow(expect.objectContaining({ code: 'CSR_FIELD_UNKNOWN' }));
  });
});
