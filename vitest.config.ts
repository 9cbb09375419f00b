import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Ends what hangs; a slow machine takes four times as long as a fast one.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // Many tests wait for processes of their own, so a worker for each core is not too many.
    maxWorkers: '100%',
  },
})
