import { availableParallelism } from 'node:os';
import path from 'node:path';
import { defineConfig } from 'vitest/config';

/**
 * Real processes and a real workbench on a busy machine miss a deadline now and then. `npm test` names every
 * test that needed its second try.
 */
const AGAIN = 1;
/** One Docker engine for all tests of a run that ask for it. */
const ENGINE = path.join(import.meta.dirname, 'test', 'support', 'engine-broker.ts');

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['src/**/*.test.ts', 'webview-ui/**/*.test.ts'],
          testTimeout: 20_000,
          // Of the editor, units know its translations alone; all else is tested inside a real one.
          alias: { vscode: path.join(import.meta.dirname, 'test', 'support', 'vscode.ts') },
        },
      },
      {
        test: {
          name: 'integration',
          include: ['test/{integration,conformance,house}/**/*.test.ts'],
          globalSetup: ENGINE,
          testTimeout: 120_000,
          // Real loops wait for processes most of the time.
          maxWorkers: 2 * availableParallelism(),
          hookTimeout: 120_000,
          retry: AGAIN,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          globalSetup: ENGINE,
          // Pages without a workbench run the front's part of a webview here.
          alias: { vscode: path.join(import.meta.dirname, 'test', 'support', 'vscode.ts') },
          testTimeout: 360_000,
          hookTimeout: 180_000,
          retry: AGAIN,
          // Each file drives a whole VS Code; two at a time would slow each other into their limits.
          fileParallelism: false,
        },
      },
    ],
  },
});
