// The public face of the scheduler.
export { Pace } from './pace.js';
export { POLICY_NAMES, type PolicyName } from './policies.js';
export type { Policy } from './policy.js';
export { Scheduler, type SchedulerOptions, type Turn } from './scheduler.js';
export { Group, type Share, Task, type TaskState } from './task.js';
