import { expect, test } from 'vitest'
import { FreeableChunks } from './freeable-chunks.ts'

test('a store frees only what it has given, once', () => {
  const chunks = new FreeableChunks()
  const foreign = new Uint8Array(100_000)
  chunks.free(foreign)
  expect(foreign.length).toBe(100_000)
  const given = chunks.give(new Uint8Array(100_000))
  chunks.free(given)
  chunks.free(given)
  expect(given.length).toBe(0)
})
