import { defineConfig } from 'vitest/config'

// Needs only Node. Tests that start worker threads or processes run the compiled code in dist (`npm test` builds it first);
// everything else runs the TypeScript sources. `forks`, because worker threads inside worker threads hide crashes.
export default defineConfig({
  test: {
    pool: 'forks',
    include: ['test/**/*.test.ts', 'test/**/*.test.tsx', 'templates/**/*.test.ts'],
    exclude: ['test/integration/**', 'test/e2e/**'],
    testTimeout: 30_000,
    hookTimeout: 30_000,
    disableConsoleIntercept: true,
  },
})
