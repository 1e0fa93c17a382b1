// Where SBI keeps its state: 64-bit words, one block per hart and one for the machine, in memory the platform provides
// (shared, when harts run on threads). All zero is the state after reset, but for the HSM state, which lies elsewhere.
// Nothing an extension knows lives outside these words, so save and restore are copies.

// ---- per hart -------------------------------------------------------------------------------------------------------
/** Where to enter the supervisor when the hart is started or resumes from a non-retentive suspend. */
export const ENTRY_PC = 0;
export const ENTRY_OPAQUE = ENTRY_PC + 1;
/** 1 once the two words above are complete. */
export const ENTRY_ARMED = ENTRY_OPAQUE + 1;

/** FWFT: bit set of locked features, then per feature its value at reset, plus one, from the first change on. */
export const FWFT_LOCKED = ENTRY_ARMED + 1;
export const FWFT_DEFAULT = FWFT_LOCKED + 1;
export const FWFT_FEATURES = 6;

/** PMU: bit set of started counters, and of the firmware event codes that any started counter counts. */
export const PMU_STARTED = FWFT_DEFAULT + FWFT_FEATURES;
export const PMU_COUNTED = PMU_STARTED + 1;
/** PMU: snapshot page, with bit 0 set; 0 = none. */
export const PMU_SNAPSHOT = PMU_COUNTED + 1;
/** PMU: event_idx each counter is configured for; 0 = none. */
export const PMU_EVENT = PMU_SNAPSHOT + 1;
export const PMU_HARDWARE = 3;
export const PMU_FIRMWARE = 16;
/** PMU: values of the firmware counters. */
export const PMU_VALUE = PMU_EVENT + PMU_HARDWARE + PMU_FIRMWARE;

/** SSE: 1 while the hart takes events. */
export const SSE_UNMASKED = PMU_VALUE + PMU_FIRMWARE;
/** SSE: the hart's local events, {@link SSE_EVENT_WORDS} each: the attributes in order of their numbers. */
export const SSE_LOCAL = SSE_UNMASKED + 1;
export const SSE_EVENT_WORDS = 10;
export const SSE_LOCAL_EVENTS = 4;

/** STA: memory for steal time, with bit 0 set; 0 = none. */
export const STA_SHMEM = SSE_LOCAL + SSE_LOCAL_EVENTS * SSE_EVENT_WORDS;
export const HART_END = STA_SHMEM + 1;

/** Words in {@link SbiHart.state}. */
export const HART_WORDS = 96;

// ---- common to all harts --------------------------------------------------------------------------------------------
/** SSE: the global events. */
export const SSE_GLOBAL = 0;
export const SSE_GLOBAL_EVENTS = 3;
export const PLATFORM_END = SSE_GLOBAL + SSE_GLOBAL_EVENTS * SSE_EVENT_WORDS;

/** Words in {@link SbiPlatform.state}. */
export const PLATFORM_WORDS = 32;
