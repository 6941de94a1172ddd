import { defineConfig } from 'vitest/config';

const shared = {
  testTimeout: 30_000,
  hookTimeout: 60_000,
  // Packages are seen as Node sees them, since the code runs on Node alone.
  deps: { interopDefault: false },
};

export default defineConfig({
  test: {
    maxWorkers: 2,
    reporters: ['default', './test/support/summary-reporter.ts'],
    projects: [
      { test: { ...shared, name: 'parts', include: ['test/**/*.test.ts'], exclude: ['test/scenarios/**'], sequence: { groupOrder: 0 } } },
      {
        // One after the other and alone: they run the whole system under a time scale.
        test: { ...shared, name: 'scenarios', include: ['test/scenarios/*.test.ts'], globalSetup: './test/support/synthesise.ts', fileParallelism: false, sequence: { groupOrder: 1 } },
      },
    ],
  },
});
