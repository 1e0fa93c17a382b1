// What lies in linear memory does not overlap.
import { expect, test } from 'vitest';
import * as L from './hart/layout.js';

test("a vCPU's TLBs_end within its area", () => {
  expect(L.TLB_END).toBeLessThanOrEqual(L.VCPU_STRIDE);
  expect(L.LS_BANKS % L.LS_BANK_BYTES).toBe(0);
  expect(L.DERIVED_END).toBeLessThanOrEqual(L.FENCES);
});

test('areas_follow one another', () => {
  const areas = [
    [L.HOST_CONTROL, L.VM_AREA],
    [L.VM_AREA, L.VM_AREA + L.MAX_VMS * L.VM_STRIDE],
    [L.VCPU_AREA, L.VCPU_AREA + L.MAX_VCPUS * L.VCPU_STRIDE],
    [L.REGION_AREA, L.REGION_AREA + L.MAX_REGIONS * L.REGION_BYTES],
    [L.DESK_AREA, L.DESK_AREA + L.DESKS * L.DESK_BYTES],
    [L.REALM_AREA, L.REALM_AREA + L.MAX_REALMS * L.REALM_STRIDE],
    [L.DEVICE_AREA, L.DEVICE_AREA + L.DEVICE_AREA_BYTES],
  ] as const;
  for (const [i, [from, to]] of areas.entries()) {
    expect(from).toBeLessThanOrEqual(to);
    expect(to).toBeLessThanOrEqual(areas[i + 1]?.[0] ?? L.RAM_AREA);
  }
});
