// The three test projects: `unit` beside the sources, `system` (whole guests through the CLI), `browser` (headless Chromium).
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['src/**/*.test.ts'],
          testTimeout: 240_000,
          hookTimeout: 240_000,
          environment: 'node',
        },
      },
      {
        test: {
          name: 'system',
          include: ['test/system/**/*.test.ts'],
          retry: 1,
          testTimeout: 600_000,
          hookTimeout: 600_000,
          fileParallelism: false,
          environment: 'node',
        },
      },
      {
        test: {
          name: 'browser',
          include: ['test/browser/**/*.test.ts'],
          // A headless Chromium on a busy machine has been seen not to start a page at all.
          retry: 2,
          testTimeout: 90_000,
          hookTimeout: 300_000,
          fileParallelism: false,
          environment: 'node',
        },
      },
    ],
  },
});
