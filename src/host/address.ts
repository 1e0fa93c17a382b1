// Address types of the two-stage world: guest virtual -> guest physical -> host physical (Priv. ISA, Hypervisor,
// "Two-Stage Address Translation"). They are bigints with a flavour: a plain bigint is accepted everywhere, but a guest
// physical address cannot be passed where a host physical one is meant.

type Flavoured<Kind extends string> = bigint & { readonly addressKind?: Kind };

/** An address as guest software sees it before its own page tables. */
export type GuestVirtAddr = Flavoured<'guest-virtual'>;
/** An address in a guest's physical memory map, translated by its nested page table. */
export type GuestPhysAddr = Flavoured<'guest-physical'>;
/** An address in host physical memory; also the offset in the shared linear memory. */
export type HostPhysAddr = Flavoured<'host-physical'>;

/** Host physical addresses from here on are registers of the host's devices; below is memory. */
export const HOST_MMIO: HostPhysAddr = 0x1_0000_0000n;
/** Host physical addresses end here. */
export const HOST_END: HostPhysAddr = 0x4_0000_0000n;

/** Bytes in a base page. */
export const PAGE_SIZE = 4096;
/** Bytes in a megapage, the second-smallest leaf of every Sv mode. */
export const MEGAPAGE_SIZE = 2 << 20;
/** Bytes in a gigapage. */
export const GIGAPAGE_SIZE = 1 << 30;
