import { expect, test } from 'vitest'
import { SpareMemory } from './spare-memory.ts'

test('memory that came back is given out again, the last first', () => {
  const spare = new SpareMemory(1000)
  const [first, second] = [spare.allocate(100), spare.allocate(100)]
  spare.takeBack(first.buffer)
  spare.takeBack(second.buffer)
  expect(spare.allocate(100).buffer).toBe(second.buffer)
  expect(spare.allocate(60)).toHaveLength(60)
  expect(first.buffer.byteLength).toBe(100)
  expect(spare.allocate(100).buffer).not.toBe(first.buffer)
})

test('none is too small, or twice as large as asked for', () => {
  const spare = new SpareMemory(1000)
  const { buffer } = spare.allocate(100)
  spare.takeBack(buffer)
  expect(spare.allocate(101).buffer).not.toBe(buffer)
  expect(spare.allocate(50).buffer).not.toBe(buffer)
  expect(spare.allocate(51).buffer).toBe(buffer)
})

test('no more lies ready than may: the oldest is freed', () => {
  const spare = new SpareMemory(250)
  const given = [100, 100, 100].map((bytes) => spare.allocate(bytes).buffer)
  for (const memory of given) spare.takeBack(memory)
  expect(given.map(({ byteLength }) => byteLength)).toEqual([0, 100, 100])
  spare.clear()
  expect(given.map(({ byteLength }) => byteLength)).toEqual([0, 0, 0])
  expect(spare.allocate(100)).toHaveLength(100)
})
