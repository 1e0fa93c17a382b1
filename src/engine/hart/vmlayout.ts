// The layout of one VM's control block: what the harts of a virtual machine share, first of all its interrupt
// controllers. Blocks lie at VM_AREA + i * VM_STRIDE (see layout.ts). Like layout.ts this file is compiled twice, by
// AssemblyScript and by TypeScript, and holds nothing but numbers.
//
//   0x0000  configuration, written before the first run     0x0400  PLIC state
//   0x0100  the harts of this machine                       0x1040  end of the interrupt controllers
//   0x0200  ACLINT state                                    0x4000  free for the floors above (SBI state, mailbox)

// ---- configuration --------------------------------------------------------------------------------------------------
export const VM_VCPU_COUNT = 0; // u32: harts of the machine; hart h has the PLIC contexts 2h (M) and 2h + 1 (S)
export const VM_LINE_M = 4; // u32: what a context 2h raises in IRQ_LINES: 1 << 11 (MEIP), or 0 where M is not the guest's
export const VM_LINE_S = 8; // u32: what a context 2h + 1 raises: 1 << 9 (SEIP), or 1 << 10 (VSEIP) under nested paging
export const VM_PLIC_BASE = 16; // u64: guest physical address
export const VM_PLIC_SIZE = 24; // u64: bytes, 0 = the machine has none
export const VM_ACLINT_BASE = 32; // u64: MSWI and MTIMER as one block, as in the SiFive CLINT
export const VM_ACLINT_SIZE = 40; // u64: 0 = none
export const VM_SSWI_BASE = 48; // u64
export const VM_SSWI_SIZE = 56; // u64: 0 = none
export const VM_ALONE = 64; // u32: the vCPU area of the hart for which the others stand still (exclusive.ts), 0 = none
export const VM_VCPUS = 0x100; // u32[64]: vCPU areas by hart index, 0 = none yet
export const VM_MAX_VCPUS = 64;

// ---- ACLINT state (msip is bit 3 of each hart's IRQ_LINES) ----------------------------------------------------------
export const ACLINT_MTIMECMP = 0x200; // u64[64]

// ---- PLIC state (accessed atomically: devices of other threads raise lines) -----------------------------------------
export const PLIC_SEQUENCE = 0x400; // u32: counts changes, so that concurrent recomputations of the outputs agree
export const PLIC_LINES = 0x410; // u32[4]: level of each source's wire
export const PLIC_GATEWAYS = 0x420; // u64[4]: bits 31..0 pending, bits 63..32 claimed and not yet completed
export const PLIC_PRIORITY = 0x440; // u32[128]
export const PLIC_THRESHOLD = 0x640; // u32[128], by context
export const PLIC_ENABLE = 0x840; // u32[128][4], by context
export const PLIC_WORDS = 4; // words of one bit per source
export const PLIC_SOURCES = 96; // sources 1..96; source 0 does not exist
export const PLIC_CONTEXTS = 128;
export const PLIC_MAX_PRIORITY = 7;

export const VM_IRQCHIP_END = 0x1040;
export const VM_FREE = 0x4000;
