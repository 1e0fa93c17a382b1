// Fields of the privileged CSRs, by position. Priv. ISA, chapters "Machine-Level ISA", "Supervisor-Level ISA" and
// "Hypervisor"; the same bit has the same place in every register that shows it.

// ---- mstatus, sstatus, vsstatus -------------------------------------------------------------------------------------
export const STATUS_SIE: u64 = 1 << 1;
export const STATUS_MIE: u64 = 1 << 3;
export const STATUS_SPIE: u64 = 1 << 5;
export const STATUS_MPIE: u64 = 1 << 7;
export const STATUS_SPP: u64 = 1 << 8;
export const STATUS_VS: u64 = 3 << 9;
export const STATUS_MPP: u64 = 3 << 11;
export const STATUS_MPP_SHIFT: u64 = 11;
export const STATUS_FS: u64 = 3 << 13;
export const STATUS_XS: u64 = 3 << 15;
export const STATUS_MPRV: u64 = 1 << 17;
export const STATUS_SUM: u64 = 1 << 18;
export const STATUS_MXR: u64 = 1 << 19;
export const STATUS_TVM: u64 = 1 << 20;
export const STATUS_TW: u64 = 1 << 21;
export const STATUS_TSR: u64 = 1 << 22;
export const STATUS_SPELP: u64 = 1 << 23;
export const STATUS_SDT: u64 = 1 << 24;
export const STATUS_UXL64: u64 = (<u64>2) << 32;
export const STATUS_SXL64: u64 = (<u64>2) << 34;
export const STATUS_GVA: u64 = (<u64>1) << 38;
export const STATUS_MPV: u64 = (<u64>1) << 39;
export const STATUS_MPELP: u64 = (<u64>1) << 41;
export const STATUS_MDT: u64 = (<u64>1) << 42;
export const STATUS_SD: u64 = (<u64>1) << 63;

// ---- hstatus --------------------------------------------------------------------------------------------------------
export const HSTATUS_GVA: u64 = 1 << 6;
export const HSTATUS_SPV: u64 = 1 << 7;
export const HSTATUS_SPVP: u64 = 1 << 8;
export const HSTATUS_HU: u64 = 1 << 9;
export const HSTATUS_VGEIN_SHIFT: u64 = 12;
export const HSTATUS_VTVM: u64 = 1 << 20;
export const HSTATUS_VTW: u64 = 1 << 21;
export const HSTATUS_VTSR: u64 = 1 << 22;
export const HSTATUS_HUPMM: u64 = (<u64>3) << 48;
export const HSTATUS_HUPMM_SHIFT: u64 = 48;
export const HSTATUS_VSXL64: u64 = (<u64>2) << 32;

// ---- interrupts: bits of mip, mie, hvip ... -------------------------------------------------------------------------
export const IP_SSI: u64 = 1 << 1;
export const IP_VSSI: u64 = 1 << 2;
export const IP_MSI: u64 = 1 << 3;
export const IP_STI: u64 = 1 << 5;
export const IP_VSTI: u64 = 1 << 6;
export const IP_MTI: u64 = 1 << 7;
export const IP_SEI: u64 = 1 << 9;
export const IP_VSEI: u64 = 1 << 10;
export const IP_MEI: u64 = 1 << 11;
export const IP_SGEI: u64 = 1 << 12;
export const IP_LCOFI: u64 = 1 << 13;
export const IP_M: u64 = IP_MSI | IP_MTI | IP_MEI;
export const IP_S: u64 = IP_SSI | IP_STI | IP_SEI;
export const IP_VS: u64 = IP_VSSI | IP_VSTI | IP_VSEI;
export const INTERRUPT: u64 = (<u64>1) << 63; // of xcause

// ---- exception causes -----------------------------------------------------------------------------------------------
export const CAUSE_ILLEGAL: u64 = 2;
export const CAUSE_BREAKPOINT: u64 = 3;
export const CAUSE_ECALL_U: u64 = 8;
export const CAUSE_ECALL_S: u64 = 9;
export const CAUSE_ECALL_VS: u64 = 10;
export const CAUSE_ECALL_M: u64 = 11;
export const CAUSE_DOUBLE_TRAP: u64 = 16;
export const CAUSE_SOFTWARE_CHECK: u64 = 18;
export const CAUSE_VIRTUAL: u64 = 22;

// ---- xenvcfg --------------------------------------------------------------------------------------------------------
export const ENVCFG_FIOM: u64 = 1 << 0;
export const ENVCFG_LPE: u64 = 1 << 2;
export const ENVCFG_SSE: u64 = 1 << 3;
export const ENVCFG_CBIE: u64 = 3 << 4;
export const ENVCFG_CBIE_RESERVED: u64 = 2 << 4;
export const ENVCFG_CBCFE: u64 = 1 << 6;
export const ENVCFG_CBZE: u64 = 1 << 7;
export const ENVCFG_PMM: u64 = (<u64>3) << 32; // in mseccfg too
export const ENVCFG_PMM_SHIFT: u64 = 32;
export const ENVCFG_DTE: u64 = (<u64>1) << 59;
export const ENVCFG_ADUE: u64 = (<u64>1) << 61;
export const ENVCFG_PBMTE: u64 = (<u64>1) << 62;
export const ENVCFG_STCE: u64 = (<u64>1) << 63;

// ---- mseccfg --------------------------------------------------------------------------------------------------------
export const MSECCFG_MML: u64 = 1 << 0;
export const MSECCFG_MMWP: u64 = 1 << 1;
export const MSECCFG_RLB: u64 = 1 << 2;
export const MSECCFG_USEED: u64 = 1 << 8;
export const MSECCFG_SSEED: u64 = 1 << 9;
export const MSECCFG_MLPE: u64 = 1 << 10;

// ---- xstateen0 ------------------------------------------------------------------------------------------------------
export const STATEEN_ENVCFG: u64 = (<u64>1) << 62;
export const STATEEN_SE: u64 = (<u64>1) << 63;

// ---- xcounteren, mcountinhibit --------------------------------------------------------------------------------------
export const COUNTER_CY: u64 = 1 << 0;
export const COUNTER_TM: u64 = 1 << 1;
export const COUNTER_IR: u64 = 1 << 2;

// ---- mhpmevent, mcyclecfg, minstretcfg ------------------------------------------------------------------------------
export const EVENT_VUINH: u64 = (<u64>1) << 58;
export const EVENT_VSINH: u64 = (<u64>1) << 59;
export const EVENT_UINH: u64 = (<u64>1) << 60;
export const EVENT_SINH: u64 = (<u64>1) << 61;
export const EVENT_MINH: u64 = (<u64>1) << 62;
export const EVENT_INHIBITS: u64 = EVENT_VUINH | EVENT_VSINH | EVENT_UINH | EVENT_SINH | EVENT_MINH;
export const EVENT_OF: u64 = (<u64>1) << 63;

/** Guest external interrupt lines a hart has. With none, SGEI cannot occur and VGEIN is read-only zero. */
export const GEILEN: u32 = 0;
