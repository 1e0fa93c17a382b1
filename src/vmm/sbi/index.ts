// The public face of SBI: the interface a machine implements, the class it calls, and what a user's extension needs.
export * from './context.js';
export { SbiCall, type SbiExtension, type SbiFunction, type SbiIdentity } from './extension.js';
export { countFirmwareEvent } from './pmu-counters.js';
export { FirmwareEvent } from './pmu-events.js';
export { failure, placed, SbiError, type SbiOutcome, type SbiReturn, success } from './result.js';
export { Sbi, type SbiOptions, type SbiState } from './sbi.js';
export { HART_WORDS, PLATFORM_WORDS } from './state.js';
export { IMPLEMENTATION_ID, PACKAGE_VERSION } from './version.js';
