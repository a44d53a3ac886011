import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { type Digest, digest } from '../../../../../src-shared/model/digest.ts'
import { KnownChunks } from './known-chunks.ts'

const digestOf = (number: number): Digest => digest.parse(createHash('sha256').update(String(number)).digest('hex'))

test('chunks are known by digest with their size, however many there are', () => {
  const known = new KnownChunks()
  for (let number = 0; number < 5000; number++) expect(known.set(digestOf(number), number + 1)).toBe(true)
  expect(known.count).toBe(5000)
  for (let number = 0; number < 5000; number++) expect(known.get(digestOf(number))).toBe(number + 1)
  for (let number = 5000; number < 6000; number++) expect(known.get(digestOf(number))).toBeUndefined()
  known.set(digestOf(0), 99)
  expect([known.get(digestOf(0)), known.count]).toEqual([99, 5000])
})

test('digests that begin alike are told apart', () => {
  const known = new KnownChunks()
  const alike = [0, 1, 2].map((number) => digest.parse(`${'0'.repeat(63)}${number}`))
  for (const [size, each] of alike.entries()) known.set(each, size + 1)
  expect(alike.map((each) => known.get(each))).toEqual([1, 2, 3])
})

test('a full table takes no more, but knows what it has', () => {
  const known = new KnownChunks(2)
  expect([0, 1, 2].map((number) => known.set(digestOf(number), 1))).toEqual([true, true, false])
  expect(known.set(digestOf(1), 5)).toBe(true)
  expect([known.get(digestOf(1)), known.get(digestOf(2))]).toEqual([5, undefined])
})
