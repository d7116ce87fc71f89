import { defineConfig } from 'vitest/config'

// Suites that need real clients, real services or a packed package; .ci/run brings what they need.
export default defineConfig({
  test: {
    pool: 'forks',
    include: ['test/integration/**/*.test.ts', 'test/e2e/**/*.test.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    fileParallelism: false,
    disableConsoleIntercept: true,
  },
})
