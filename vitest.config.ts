import { defineConfig } from 'vitest/config';

// The tests import from `#dist/…`: they run against the compiled files that ship, worker threads included.
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
    pool: 'forks',
  },
});
