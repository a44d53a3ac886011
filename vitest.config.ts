import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['src-shared/**/*.test.ts', 'src-main/**/*.test.ts', 'src-renderer/**/*.test.ts', 'scripts/**/*.test.ts'],
    environment: 'node',
    // Generous, so that a slow or busy machine fails no test: a wait ends as soon as its condition holds.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 250_000 } },
    // For the programs that tests start: without it each of them strips and compiles the same sources anew.
    env: { NODE_COMPILE_CACHE: fileURLToPath(new URL('node_modules/.cache/holdfast-compile', import.meta.url)) },
    pool: 'forks',
    maxWorkers: 2,
  },
})
