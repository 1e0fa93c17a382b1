// CSR addresses, as Priv. ISA, "CSR Listing" gives them.

export const CSR_FFLAGS: u32 = 0x001;
export const CSR_FRM: u32 = 0x002;
export const CSR_FCSR: u32 = 0x003;
export const CSR_SSP: u32 = 0x011;
export const CSR_SEED: u32 = 0x015;

export const CSR_SSTATUS: u32 = 0x100;
export const CSR_SIE: u32 = 0x104;
export const CSR_STVEC: u32 = 0x105;
export const CSR_SCOUNTEREN: u32 = 0x106;
export const CSR_SENVCFG: u32 = 0x10a;
export const CSR_SSTATEEN0: u32 = 0x10c;
export const CSR_SSTATEEN3: u32 = 0x10f;
export const CSR_SSCRATCH: u32 = 0x140;
export const CSR_SEPC: u32 = 0x141;
export const CSR_SCAUSE: u32 = 0x142;
export const CSR_STVAL: u32 = 0x143;
export const CSR_SIP: u32 = 0x144;
export const CSR_STIMECMP: u32 = 0x14d;
export const CSR_SATP: u32 = 0x180;

export const CSR_VSSTATUS: u32 = 0x200;
export const CSR_VSIE: u32 = 0x204;
export const CSR_VSTVEC: u32 = 0x205;
export const CSR_VSSCRATCH: u32 = 0x240;
export const CSR_VSEPC: u32 = 0x241;
export const CSR_VSCAUSE: u32 = 0x242;
export const CSR_VSTVAL: u32 = 0x243;
export const CSR_VSIP: u32 = 0x244;
export const CSR_VSTIMECMP: u32 = 0x24d;
export const CSR_VSATP: u32 = 0x280;

export const CSR_MSTATUS: u32 = 0x300;
export const CSR_MISA: u32 = 0x301;
export const CSR_MEDELEG: u32 = 0x302;
export const CSR_MIDELEG: u32 = 0x303;
export const CSR_MIE: u32 = 0x304;
export const CSR_MTVEC: u32 = 0x305;
export const CSR_MCOUNTEREN: u32 = 0x306;
export const CSR_MENVCFG: u32 = 0x30a;
export const CSR_MSTATEEN0: u32 = 0x30c;
export const CSR_MSTATEEN3: u32 = 0x30f;
export const CSR_MCOUNTINHIBIT: u32 = 0x320;
export const CSR_MCYCLECFG: u32 = 0x321;
export const CSR_MINSTRETCFG: u32 = 0x322;
export const CSR_MHPMEVENT3: u32 = 0x323;
export const CSR_MHPMEVENT31: u32 = 0x33f;
export const CSR_MSCRATCH: u32 = 0x340;
export const CSR_MEPC: u32 = 0x341;
export const CSR_MCAUSE: u32 = 0x342;
export const CSR_MTVAL: u32 = 0x343;
export const CSR_MIP: u32 = 0x344;
export const CSR_MTINST: u32 = 0x34a;
export const CSR_MTVAL2: u32 = 0x34b;
export const CSR_PMPCFG0: u32 = 0x3a0;
export const CSR_PMPCFG2: u32 = 0x3a2;
export const CSR_PMPADDR0: u32 = 0x3b0;
export const CSR_PMPADDR15: u32 = 0x3bf;

export const CSR_HSTATUS: u32 = 0x600;
export const CSR_HEDELEG: u32 = 0x602;
export const CSR_HIDELEG: u32 = 0x603;
export const CSR_HIE: u32 = 0x604;
export const CSR_HTIMEDELTA: u32 = 0x605;
export const CSR_HCOUNTEREN: u32 = 0x606;
export const CSR_HGEIE: u32 = 0x607;
export const CSR_HENVCFG: u32 = 0x60a;
export const CSR_HSTATEEN0: u32 = 0x60c;
export const CSR_HSTATEEN3: u32 = 0x60f;
export const CSR_HTVAL: u32 = 0x643;
export const CSR_HIP: u32 = 0x644;
export const CSR_HVIP: u32 = 0x645;
export const CSR_HTINST: u32 = 0x64a;
export const CSR_HGATP: u32 = 0x680;

export const CSR_MSECCFG: u32 = 0x747;
export const CSR_TSELECT: u32 = 0x7a0;
export const CSR_TDATA1: u32 = 0x7a1;
export const CSR_TDATA2: u32 = 0x7a2;
export const CSR_TDATA3: u32 = 0x7a3;
export const CSR_TINFO: u32 = 0x7a4;

export const CSR_MCYCLE: u32 = 0xb00;
export const CSR_MINSTRET: u32 = 0xb02;
export const CSR_MHPMCOUNTER31: u32 = 0xb1f;

export const CSR_CYCLE: u32 = 0xc00;
export const CSR_TIME: u32 = 0xc01;
export const CSR_INSTRET: u32 = 0xc02;
export const CSR_HPMCOUNTER31: u32 = 0xc1f;

export const CSR_SCOUNTOVF: u32 = 0xda0;

export const CSR_HGEIP: u32 = 0xe12;

export const CSR_MVENDORID: u32 = 0xf11;
export const CSR_MARCHID: u32 = 0xf12;
export const CSR_MIMPID: u32 = 0xf13;
export const CSR_MHARTID: u32 = 0xf14;
export const CSR_MCONFIGPTR: u32 = 0xf15;
