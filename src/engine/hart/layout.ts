// The layout of the shared linear memory: every byte of machine state has its place here, and nowhere else.
//
// This one file is compiled twice: by AssemblyScript into the engine's offsets and by TypeScript into the views that
// the floors above use. It therefore holds nothing but `export const NAME = <number>`, each derived from the one before.
//
//   0x0000_0000  guard (never mapped by anything; address 0 is "none")
//   0x0000_1000  the engine's constant data (AssemblyScript static segments)
//   0x0010_0000  host control block
//   0x0011_0000  VM control blocks            64 x 64 KiB    (interrupt controllers, SBI state, mailbox)
//   0x0080_0000  page flags                   u16     per 4 KiB page of the 4 GiB       2 MiB
//   0x00d0_0000  holders of host pages        u16     per 4 KiB page of the 4 GiB       2 MiB
//   0x0100_0000  vCPU areas                   64 x 1 MiB                                64 MiB
//   0x0500_0000  translated regions, 16384 records
//   0x0508_0000  translators' desks               64 x 24 KiB
//   0x0540_0000  realms                       9 x 54 MiB: what each engine instance has decoded
//   0x23a0_0000  rings and device state       16 MiB
//   0x24a0_0000  host physical memory, handed out by the page allocator; a host-physical address is the offset
//   0x1_0000_0000 end

// ---- memory map -----------------------------------------------------------------------------------------------------
export const MEMORY_PAGES = 65536; // of WebAssembly's memory: 4 GiB
export const HOST_CONTROL = 0x0010_0000;
export const VM_AREA = 0x0011_0000;
export const VM_STRIDE = 0x1_0000;
export const MAX_VMS = 64;
export const PAGE_FLAGS = 0x0080_0000;
export const PAGE_HOLDERS = 0x00d0_0000;
export const VCPU_AREA = 0x0100_0000;
export const VCPU_STRIDE = 0x10_0000;
export const MAX_VCPUS = 64;
export const REALM_AREA = 0x0540_0000;
export const REALM_STRIDE = 0x0360_0000;
export const MAX_REALMS = 9; // engine instances over one memory that decode and run code: the creating realm and 8 threads
export const SLOT_BYTES = 8;
export const DECODED_SLOTS = 2056; // 2048 halfwords, the end-of-page slots, and a pad that staggers cache sets
export const DECODED_STRIDE = 16448; // DECODED_SLOTS * SLOT_BYTES
export const DECODED_PAGES = 3072; // a realm
// What is known of a decoded page, apart from its slots, of which most are never touched:
export const HEAD_BYTES = 32;
export const HEAD_FEATURES = 0; // u64: the features it was decoded for
export const HEAD_REGIONS = 8; // u32: translated regions may begin in it
export const HEAD_IDLE = 12; // u32: stores to it that have overwritten nothing decoded
export const HEAD_EPOCH = 16; // u32: epoch in which it was made, 0 once every vCPU has passed a safepoint since
export const HEAD_PARTS = 20; // u32: bits: sixteenths of its slots, and the end-of-page slots, that are not all zero
export const REGION_AREA = 0x0500_0000;
export const REGION_BYTES = 32; // u32 table index, u32 slot, u32 guest instructions, u32 state (0 free, 1 live, 2 dropped), u64 the slot as it was, u32 seats, u32 used
export const REGION_SIZE = 8;
export const REGION_ORIGINAL = 16;
export const REGION_SEATS = 24; // bits: whose function tables have the function
export const REGION_USED = 28; // u32: 1 once entered since it was last looked at
export const MAX_REGIONS = 16384;
export const CROSS_KNOWN = 0x1_0000; // in the immediate of the slot of an instruction that crosses its page: the lower half says what its second half was
export const DESK_AREA = 0x0508_0000; // where a translator lays out the page it works on: u32 taken, features, slots, the page's bytes
export const DESK_BYTES = 24576;
export const DESKS = 64;
export const DESK_FEATURES = 8; // u64
export const DESK_SLOTS = 64;
export const DESK_PAGE = 16576; // DESK_SLOTS + DECODED_STRIDE, rounded up to 64
export const DEVICE_AREA = 0x23a0_0000;
export const DEVICE_AREA_BYTES = 0x0100_0000;
export const RAM_AREA = 0x24a0_0000;

// ---- page flags (u16 per host page, changed atomically) -------------------------------------------------------------
export const PAGE_HAS_CODE = 0x1ff; // a bit for each realm that has decoded instructions of the page: stores take the slow path
export const PAGE_WRITE_MAPPED = 0x8000; // some TLB may hold a write entry for this page

// ---- host control block ---------------------------------------------------------------------------------------------
export const HOST_VCPU_COUNT = 0; // u32: vCPU areas handed out, so sweeps know where to stop
export const HOST_WAITERS = 4; // u32: threads that wait for harts to pass a safepoint
export const HOST_EPOCH = 8; // u32: shoot-down epoch, see hart/safepoint.ts
export const HOST_JIT = 12; // u32: hot code is looked for
export const HOST_HOT_THRESHOLD = 20; // u32: times a block is met before it counts as hot
export const HOST_REGIONS_DROPPED = 24; // u32: regions dropped so far
export const HOST_JIT_FENCE = 28; // u32: moved by an atomic access where a translator needs one
export const HOST_CALLS = 36; // u32, even: epoch of what translated code knows of regions it calls, see hart/calls.ts
export const HOST_REGION_NEXT = 32; // u32: region records handed out so far, to whichever realm
export const HOST_JIT_STATS = 64; // u32[10], added to by all realms: see jit/figures.ts
export const HOST_JIT_PORTS = 104; // u32[16]: ports of the realms that ask for translations (jit/port.ts), 0 = none
export const JIT_PORTS = 16;
export const HOST_JIT_BELL = 168; // i32: moves when there is something for the translator's thread
export const HOST_JIT_SERVED = 172; // u32: 1 while there is one, 2 when it is asked to end
export const HOST_JIT_SLEEPS = 176; // u32: 1 while the translator may be asleep at its bell
export const HOST_PAGE_COUNTERS = 192; // u32[3]: books of the page allocator, see host/page-allocator.ts
export const HOST_CODE_EPOCHS = 0x4000; // u32[4096], by host page number modulo 4096: moves before decoded code of a page is dropped
export const CODE_EPOCHS = 4096;

// ---- realm: what one engine instance has decoded, and what it finds hot ----------------------------------------------
export const REALM_DECODED_NEXT = 0; // u32: clock hand of the decoded-page pool
export const REALM_DECODED_FREE = 12; // u32: places of the pool that were let go
export const REALM_HOT_COUNT = 4; // u32: entries waiting in the hot queue
export const REALM_IDLE_PAGE = 8; // u32: host page number of a page to look at, see hart/idle-pages.ts; 0 = none
export const REALM_HOT_QUEUE = 256; // u32[64]: host addresses of hot blocks, which are even, plus 1 for those met in user mode
export const HOT_QUEUE_ENTRIES = 64;
export const REALM_DECODED_OWNER = 0x1000; // u32[DECODED_PAGES]: host page number each decoded page belongs to, 0 = free
export const REALM_HOT_TABLE = 0x8000; // u32[4096][2]: host address of a block, times met
export const HOT_TABLE_ENTRIES = 4096;
export const REALM_CLEARED = 0x1_0000; // what lies below, and the map, is cleared before a realm begins
export const REALM_DECODED_USED = 0x1_0000; // u32: decoded pages of the pool that were ever in use; the others are zero
export const REALM_HEADS = 0x2_0000; // HEAD_BYTES for each decoded page of the pool
export const REALM_DECODED = 0x10_0000; // u32 per 4 KiB page of the 4 GiB: its decoded page
export const REALM_PAGES = 0x50_0000; // DECODED_PAGES of DECODED_STRIDE

// ---- vCPU area: architectural registers -----------------------------------------------------------------------------
export const X = 0; // u64[33]: x0..x31; slot 32 swallows writes to x0
export const X_SINK = 32;
export const PC = X + 33 * 8; // u64
export const F = PC + 8; // u64[32], NaN-boxed
export const FFLAGS = F + 32 * 8; // u32
export const FRM = FFLAGS + 4; // u32
export const PRIV = FRM + 4; // u32: 0 U, 1 S, 3 M
export const VIRT = PRIV + 4; // u32: 0 or 1 (V)
export const INSTRET = VIRT + 4; // u64: instructions retired since reset, exact at every exit
export const CSR_BASE = INSTRET + 8;

// ---- vCPU area: CSRs as stored (u64 each) ---------------------------------------------------------------------------
export const MSTATUS = CSR_BASE;
export const MISA = MSTATUS + 8;
export const MEDELEG = MISA + 8;
export const MIDELEG = MEDELEG + 8;
export const MIE = MIDELEG + 8; // also holds sie, hie and vsie
export const MTVEC = MIE + 8;
export const MCOUNTEREN = MTVEC + 8;
export const MSCRATCH = MCOUNTEREN + 8;
export const MEPC = MSCRATCH + 8;
export const MCAUSE = MEPC + 8;
export const MTVAL = MCAUSE + 8;
export const MIP = MTVAL + 8; // software-written bits only; see IRQ_LINES and TIMER_LINES
export const MTINST = MIP + 8;
export const MTVAL2 = MTINST + 8;
export const MENVCFG = MTVAL2 + 8;
export const MSECCFG = MENVCFG + 8;
export const MCOUNTINHIBIT = MSECCFG + 8;
export const MHARTID = MCOUNTINHIBIT + 8;
export const STVEC = MHARTID + 8;
export const SCOUNTEREN = STVEC + 8;
export const SSCRATCH = SCOUNTEREN + 8;
export const SEPC = SSCRATCH + 8;
export const SCAUSE = SEPC + 8;
export const STVAL = SCAUSE + 8;
export const SENVCFG = STVAL + 8;
export const SATP = SENVCFG + 8;
export const STIMECMP = SATP + 8;
export const HSTATUS = STIMECMP + 8;
export const HEDELEG = HSTATUS + 8;
export const HIDELEG = HEDELEG + 8;
export const HVIP = HIDELEG + 8;
export const HCOUNTEREN = HVIP + 8;
export const HGEIE = HCOUNTEREN + 8;
export const HGEIP = HGEIE + 8;
export const HTVAL = HGEIP + 8;
export const HTINST = HTVAL + 8;
export const HGATP = HTINST + 8;
export const HENVCFG = HGATP + 8;
export const HTIMEDELTA = HENVCFG + 8;
export const VSSTATUS = HTIMEDELTA + 8;
export const VSTVEC = VSSTATUS + 8;
export const VSSCRATCH = VSTVEC + 8;
export const VSEPC = VSSCRATCH + 8;
export const VSCAUSE = VSEPC + 8;
export const VSTVAL = VSCAUSE + 8;
export const VSATP = VSTVAL + 8;
export const VSTIMECMP = VSATP + 8;
export const MCYCLE_OFFSET = VSTIMECMP + 8; // mcycle = INSTRET + this
export const MINSTRET_OFFSET = MCYCLE_OFFSET + 8; // minstret = INSTRET + this
export const MHPMCOUNTER = MINSTRET_OFFSET + 8; // u64[32], 3..31 used
export const MHPMEVENT = MHPMCOUNTER + 32 * 8; // u64[32], 3..31 used
export const PMPCFG = MHPMEVENT + 32 * 8; // u8[16] in two u64
export const PMPADDR = PMPCFG + 16; // u64[16]
export const MSTATEEN = PMPADDR + 16 * 8; // u64[4]
export const HSTATEEN = MSTATEEN + 32; // u64[4]
export const SSTATEEN = HSTATEEN + 32; // u64[4]
export const SCOUNTINHIBIT = SSTATEEN + 32;
export const CSR_SPARE = SCOUNTINHIBIT + 8; // u64[24], for extensions to come; taken from its start so far:
export const COUNTERS_STOPPED = CSR_SPARE; // u64: counters by number that are stopped: their offset holds the value
export const MCYCLECFG = COUNTERS_STOPPED + 8; // u64
export const MINSTRETCFG = MCYCLECFG + 8; // u64
export const COUNTERS_FILTERED = MINSTRETCFG + 8; // u64: counters that count in some modes only
export const COUNTERS_WATCHED = COUNTERS_FILTERED + 8; // u64: counters whose overflow would interrupt
export const COUNTERS_SYNCED = COUNTERS_WATCHED + 8; // u64: instruction up to which overflows are noticed
export const COUNTERS_FRESH = COUNTERS_SYNCED + 8; // u64: counters that do not count that instruction
export const ELP = COUNTERS_FRESH + 8; // u64: 1 if the next instruction must be a landing pad
export const SSP = ELP + 8; // u64: shadow stack pointer
export const ENTROPY_STATE = SSP + 8; // u64: with virtual time, where the entropy source goes on from
export const CSR_END = CSR_SPARE + 24 * 8;

// ---- vCPU area: configuration, written by the floors above before the first run -------------------------------------
export const OWNED = CSR_END; // u32: OWN_M | OWN_HS, levels whose traps leave the engine, and OWN_TIMER
export const OWN_M = 1;
export const OWN_HS = 2;
export const OWN_TIMER = 4; // the comparator below the owned levels is theirs, and runs where software has no Sstc
export const VM_BASE = OWNED + 4; // u32: offset of the VM control block, 0 = none
export const OUTER = VM_BASE + 4; // u64: root of the outermost stage, in hgatp format (mode 0 = host physical = guest physical)
export const FEATURES = OUTER + 8; // u64: what is on of the features that instructions need (all ones = everything)
export const FEATURES2 = FEATURES + 8; // u64: what is on of the features without instructions; bit 0 is FEATURE_ number 64
export const TIME_MODE = FEATURES2 + 8; // u32: 0 host clock, 1 virtual (time = INSTRET >> TIME_SHIFT)
export const TIME_SHIFT = TIME_MODE + 4; // u32
export const TIME_OFFSET = TIME_SHIFT + 4; // u64: added to the host clock to make `time`

// ---- vCPU area: signals from outside (accessed atomically) ----------------------------------------------------------
export const IRQ_LINES = TIME_OFFSET + 8; // u32: interrupt bits held up by controllers and other harts, in mip positions
export const KICK = IRQ_LINES + 4; // u32: non-zero asks the hart to leave at its next safepoint
export const TIMER_LINES = KICK + 4; // u32: MTIP/STIP/VSTIP as the hart's own comparators hold them
export const WAITING = TIMER_LINES + 4; // u32: 1 while the hart sleeps in WFI
export const HGEI_LINES = WAITING + 4; // u32: guest external interrupt lines
export const PAUSE = HGEI_LINES + 4; // u32: doorbell the hart sleeps on
export const BELL = PAUSE + 4; // u32: offset of the bell (vmm/hart/bell.ts) of the thread that runs the vCPU, 0 = none
export const BELL_DOORBELL = 0; // in the bell, u32: moves when the thread should look around
export const BELL_CURRENT = 8; // u32: the vCPU that runs now
export const BELL_SLEEPING = 12; // u32: 1 while the thread sleeps on the doorbell

// ---- vCPU area: safepoints (accessed atomically), see hart/safepoint.ts ----------------------------------------------
export const IN_ENGINE = BELL + 4; // u32: 1 while the vCPU runs
export const SEEN_EPOCH = IN_ENGINE + 4; // u32: shoot-down epoch at its last safepoint
export const REQUESTS = SEEN_EPOCH + 4; // u32: what others ask it to do at its next safepoint
export const REQUEST_FLUSH = 1; // drop all cached translations
export const REQUEST_FENCE = 2; // perform the fence in the first of FENCES; the others' bits follow
export const LAST_REALM = REQUESTS + 4; // u32: one more than the realm that ran it last: fetch entries name that one's decoded pages
export const STANDING = LAST_REALM + 4; // u32: 1 while it stands still for another hart, see hart/exclusive.ts

// ---- vCPU area: pending exception (filled by raise(), consumed by takeTrap()) ---------------------------------------
export const TRAP_CAUSE = STANDING + 4; // u64, interrupt bit included
export const TRAP_TVAL = TRAP_CAUSE + 8; // u64
export const TRAP_TVAL2 = TRAP_TVAL + 8; // u64: guest physical address >> 2
export const TRAP_TINST = TRAP_TVAL2 + 8; // u64
export const TRAP_GVA = TRAP_TINST + 8; // u32: tval holds a guest virtual address
export const TRAP_OUTER = TRAP_GVA + 4; // u32: 1 = fault of the outermost stage: always an exit, never vectored

// ---- vCPU area: exit record -----------------------------------------------------------------------------------------
export const EXIT_REASON = TRAP_OUTER + 4; // u32, one of EXIT_*
export const EXIT_PRIV = EXIT_REASON + 4; // u32: privilege the trap came from
export const EXIT_VIRT = EXIT_PRIV + 4; // u32
export const EXIT_GVA = EXIT_VIRT + 4; // u32
export const EXIT_CAUSE = EXIT_GVA + 4; // u64
export const EXIT_TVAL = EXIT_CAUSE + 8; // u64
export const EXIT_TVAL2 = EXIT_TVAL + 8; // u64: guest physical address >> 2
export const EXIT_TINST = EXIT_TVAL2 + 8; // u64: transformed or pseudo-instruction
export const EXIT_GPA = EXIT_TINST + 8; // u64: full guest physical address of an outer fault
export const EXIT_NONE = 0; // trap was vectored inside; go on
export const EXIT_TRAP = 1; // trap into an owned level: see EXIT_CAUSE
export const EXIT_OUTER_FAULT = 2; // no (sufficient) mapping at the outermost stage: EXIT_CAUSE 20, 21 or 23, EXIT_GPA
export const EXIT_WFI = 3; // WFI with nothing pending; pc already after it
export const EXIT_BUDGET = 4; // instruction budget used up
export const EXIT_KICKED = 5; // KICK was set
export const EXIT_HOT = 7; // hot blocks wait to be translated; RUN_LEFT of the budget remains
export const EXIT_INTERNAL = 6; // the engine met a state it cannot be in
export const EXIT_WRS = 9; // WRS, and nothing was stored to the reservation set for a while; pc already after it
export const EXIT_CRITICAL = 8; // a trap into M-mode while M-mode cannot take one: the hart has stopped for good; see EXIT_CAUSE

// ---- vCPU area: derived state (recomputed at run(), never saved) ----------------------------------------------------
export const FP_STATE = EXIT_GPA + 8; // u32: 0 off, 1 on but mark dirty first, 2 on and dirty
export const CHUNK_LEFT = FP_STATE + 4; // u32: instructions left in the interpreter's chunk, stored before calls that count
export const CHUNK_START = CHUNK_LEFT + 4; // u32
export const FETCH_IP = CHUNK_START + 4; // u32: results of a fetch lookup: slot,
export const FETCH_BASE = FETCH_IP + 4; // u32: decoded page base
export const RESERVE_ADDR = FETCH_BASE + 4; // u32: LR/SC: host address reserved, 0 = none
export const RESERVE_VALUE = RESERVE_ADDR + 4; // u64
export const RESERVE_BYTES = RESERVE_VALUE + 8; // u64: 4 or 8
export const XLATE_HPA = RESERVE_BYTES + 8; // u32: results of a translation
export const XLATE_FLAGS = XLATE_HPA + 4; // u32
export const XLATE_GPA = XLATE_FLAGS + 4; // u64
export const BANK_LS = XLATE_GPA + 8; // u32: load/store TLB bank in use
export const BANK_X = BANK_LS + 4; // u32: fetch TLB bank in use
export const BANK_NEXT = BANK_X + 4; // u32: clock hand of bank replacement
export const STEP_SLOTS = BANK_NEXT + 8; // u64[4]: an instruction fetched by itself, from a page that cannot be cached
export const STEP_PC = STEP_SLOTS + 32; // u64: where it is
export const STEP_BITS = STEP_PC + 8; // u32: what it is
export const STAT_WALKS = STEP_BITS + 8; // u64: statistics
export const STAT_DECODES = STAT_WALKS + 8; // u64
export const STAT_TRAPS = STAT_DECODES + 8; // u64
export const STAT_MMIO = STAT_TRAPS + 8; // u64
export const FETCH_PAGE = STAT_MMIO + 8; // u64: virtual address of the page that FETCH_BASE decodes
export const RUN_LEFT = FETCH_PAGE + 8; // u32: budget left at EXIT_HOT
export const JIT_NEEDS = RUN_LEFT + 4; // u32: why translated code came back, see hart/execute.ts
export const JIT_RETIRED = JIT_NEEDS + 4; // u64: instructions retired in translated code
export const STAT_REGIONS_ENTERED = JIT_RETIRED + 8; // u64
export const STAT_REGIONS_MISSED = STAT_REGIONS_ENTERED + 8; // u64: left for the interpreter
export const SAMPLE_LEFT = STAT_REGIONS_MISSED + 8; // i32: instructions to be interpreted until a slice begins with a sample
export const HOT_AGE = SAMPLE_LEFT + 4; // u32: slices since hot blocks were handed over
export const CROSS_SLOTS = HOT_AGE + 4; // u64[4]: an instruction that crosses a page, decoded here
export const JIT_SEAT = CROSS_SLOTS + 32; // u32: bit of the realm that runs the vCPU, as in REGION_SEATS
export const JIT_PORT = JIT_SEAT + 4; // u32: a word that is not zero when translations for that realm have come, 0 = none
export const PAGE_TURNS = JIT_PORT + 4; // u32: times that interpreted code ran on behind the end of a page, or of an instruction executed beside its slot, since one was counted
export const DERIVED_END = PAGE_TURNS + 4;
export const FENCES = 0x1e00; // what others ask for in REQUESTS, see hart/remote-fence.ts: a record for each that waits
export const FENCE_RECORDS = 4;
export const FENCE_BYTES = 32;
export const WINDOWS = 0x1e80; // what translated code may reach without the TLB, by loads and by stores: see hart/windows.ts
export const WINDOW_LOW = 0; // u64: virtual address of the first byte
export const WINDOW_SPAN = 8; // u64: how far above it an access may begin, 0 while it is shut
export const WINDOW_LONG = 16; // u64: the same for a group of accesses
export const WINDOW_MISSED = 24; // u64: an address that was looked for in vain, 0 = none
export const WINDOW_BASE = 32; // u32: host address of the first byte
export const WINDOW_PAGES = 36; // u32
export const WINDOW_BANK = 40; // u32: the TLB bank whose context it belongs to
export const WINDOW_MOVES = 44; // u32: times it was placed
export const WINDOW_REST = 48; // u32: times that it may be missed before it is moved again
export const WINDOW_SWEPT = 52; // u32: another hart has made code of a page that may be in it
export const WINDOW_BYTES = 56;
export const JIT_SCRATCH = 0x1ef8; // u64: written by translated code, read by nobody
export const KEPT_PAGES = 0x1f00; // u64 page, u32 addend, u32 pad, 12 times: what running regions keep of the TLB
export const KEPT_PAGE_BYTES = 16;
export const KEPT_PAGE_COUNT = 12;
export const NO_PAGE = 8; // as a page: what none ever is, for translated code compares addresses with this bit clear

export const V_REGISTERS = 0x2000; // room for v0..v31 up to VLEN 1024

// ---- vCPU area: TLBs ------------------------------------------------------------------------------------------------
// A bank holds the translations of one context (privilege, satp, hgatp ...); changing context changes the bank, not its
// contents. Load/store entry: u64 read tag, u64 write tag, u64 slow write tag (writable, but holds code), u32 addend, u32 flags.
// Fetch entry: u64 tag, u32 decoded page, u32 host page. A tag is the virtual page number; all ones matches nothing.
export const TLB_AREA = 0x8000;
export const TLB_BANKS = 16;
export const TLB_HEADER_BYTES = 64;
export const LS_HEADERS = TLB_AREA;
export const X_HEADERS = LS_HEADERS + 1024;
export const LS_BANKS = TLB_AREA + 0x8000; // a multiple of LS_BANK_BYTES, so that LS_OTHER can be turned over in an entry's address
export const LS_ENTRIES = 1024;
export const LS_ENTRY_BYTES = 32;
export const LS_BANK_BYTES = LS_ENTRIES * LS_ENTRY_BYTES;
export const LS_OTHER = LS_BANK_BYTES / 2; // from the place where a page is looked for first to the one where it may be as well, and back
export const X_BANKS = LS_BANKS + TLB_BANKS * LS_BANK_BYTES;
export const X_ENTRIES = 1024;
export const X_ENTRY_BYTES = 16;
export const X_CALLS = X_ENTRIES * X_ENTRY_BYTES; // behind a bank's entries, where translated code finds what it calls: see hart/calls.ts
export const CALL_CELLS = 256; // by bits 8..1 of the target: u64 target, u32 table index, u32 instructions that must be left
export const CALL_CELL_BYTES = 16;
export const CALL_INDEX = 8;
export const CALL_SIZE = 12;
export const CALLS_EPOCH = X_CALLS + CALL_CELLS * CALL_CELL_BYTES; // u32 in a bank: HOST_CALLS when its cells were emptied last, CALLS_STALE if they must be
export const CALLS_STALE = 0xffff_ffff;
export const X_BANK_BYTES = CALLS_EPOCH + 64;
export const TLB_END = X_BANKS + TLB_BANKS * X_BANK_BYTES; // below VCPU_STRIDE

// ---- nested page tables: bits of a leaf that more than one side knows -------------------------------------------------
export const NPT_V = 1;
export const NPT_W = 4;
export const NPT_MOVING = 32; // with COPY: the page has just been copied, and the one it was copied from may still be cached
export const NPT_D = 128; // clear in a leaf that is copied before a write that only the host may make
export const NPT_COPY = 256; // others hold the page as well: it is copied before it is written; W is clear meanwhile
export const NPT_HELD = 512; // the page is the guest's own memory; without V: memory that is given on first touch
