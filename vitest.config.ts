import { defineConfig } from 'vitest/config';
import './test/support/temporary-folder.ts';

const shared = {
  testTimeout: 30_000,
  hookTimeout: 60_000,
  // Packages are seen as Node sees them, since the code runs on Node alone.
  deps: { interopDefault: false },
};

const pure = ['test/domain/**/*.test.ts', 'test/schemas/**/*.test.ts', 'test/lib/**/*.test.ts'];

export default defineConfig({
  test: {
    maxWorkers: 2,
    reporters: ['default', './test/support/summary-reporter.ts'],
    projects: [
      // They change nothing that another file could see, so all files of a worker share what they import: the CDK alone takes seconds to load.
      { test: { ...shared, name: 'pure', include: pure, isolate: false, sequence: { groupOrder: 0 } } },
      { test: { ...shared, name: 'parts', include: ['test/**/*.test.ts'], exclude: ['test/scenarios/**', ...pure], sequence: { groupOrder: 0 } } },
      {
        // One after the other and alone: they run the whole system under a time scale.
        test: { ...shared, name: 'scenarios', include: ['test/scenarios/*.test.ts'], globalSetup: './test/support/synthesise.ts', fileParallelism: false, sequence: { groupOrder: 1 } },
      },
    ],
  },
});
