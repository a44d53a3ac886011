import { expect, test } from 'vitest'
import { plainDigest } from '../../../storage/crypt-config.ts'
import { type Candidate, candidateName, GarbageCandidates } from './garbage-candidates.ts'

const digest = plainDigest(Buffer.from('x'))
const folder = `.chunks/${digest.slice(0, 4)}`

test('what goes in comes out, however many there are', () => {
  const kinds: readonly Candidate['kind'][] = [
    { is: 'chunk' },
    { is: 'empty' },
    { is: 'bad', copy: 0, isReplaced: false },
    { is: 'bad', copy: 9, isReplaced: true },
  ]
  const candidates = Array.from({ length: 5000 }, (_, i): Candidate => {
    const kind = kinds[i % kinds.length] ?? { is: 'chunk' }
    return { digest: plainDigest(Buffer.from(`${i}`)), sizeBytes: i === 7 ? 2 ** 32 - 1 : i, kind }
  })
  const held = new GarbageCandidates(10_000)
  expect(candidates.every((each) => held.add(each))).toBe(true)
  expect(held.count).toBe(5000)
  expect([...held]).toEqual(candidates)
})

test('what does not fit is refused', () => {
  const held = new GarbageCandidates(2)
  const candidate: Candidate = { digest, sizeBytes: 1, kind: { is: 'chunk' } }
  expect([held.add(candidate), held.add(candidate), held.add(candidate)]).toEqual([true, true, false])
  expect([...held]).toHaveLength(2)
})

test('each kind has the name of its object', () => {
  const nameOf = (kind: Candidate['kind']) => candidateName({ digest, sizeBytes: 1, kind })
  expect(nameOf({ is: 'chunk' })).toBe(`${folder}/${digest}`)
  expect(nameOf({ is: 'empty' })).toBe(`${folder}/${digest}`)
  expect(nameOf({ is: 'bad', copy: 3, isReplaced: true })).toBe(`${folder}/${digest}.3.bad`)
})
