// How much memory V8 takes for the JavaScript of the main thread. Other threads are told when they start (start-thread.ts).

/**
 * Has the young generation stay as small as it begins, of two times 2 MiB: what is made while translating is gone a moment later, and it would grow to 8 and more. A
 * setting of the process, for a program that is nothing but a monitor; before its first thread, for what is kept of scripts is for a V8 with these settings.
 */
export function keepYoungGenerationSmall(): void {
  process.getBuiltinModule('node:v8').setFlagsFromString('--semi-space-growth-factor=1');
}
