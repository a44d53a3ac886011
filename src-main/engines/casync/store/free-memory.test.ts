import { expect, test } from 'vitest'
import { FreeableChunks, freeMemory } from './free-memory.ts'

test('memory of its own goes, and what Node shares out stays', () => {
  const own = new Uint8Array(100_000)
  freeMemory(own)
  expect(own.length).toBe(0)
  const shared = Buffer.from('a few bytes')
  const neighbour = Buffer.from('others')
  expect(neighbour.buffer).toBe(shared.buffer)
  freeMemory(shared)
  expect(neighbour.toString()).toBe('others')
})

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
