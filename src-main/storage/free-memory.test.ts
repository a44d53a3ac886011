import { expect, test } from 'vitest'
import { freeMemory } from './free-memory.ts'

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
