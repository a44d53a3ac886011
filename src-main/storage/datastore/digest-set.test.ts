import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Digest } from '../../../src-shared/model/digest.ts'
import { plainDigest } from '../crypt-config.ts'
import { DigestSet } from './digest-set.ts'

describe('set of digests', () => {
  it('knows what a Set knows, also of digests that begin alike', () => {
    const digests = fc
      .tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 500 }))
      .map(([head, tail]) => `0000000${head}${tail.toString(16).padStart(56, '0')}` as Digest)
    fc.assert(
      fc.property(fc.array(digests, { maxLength: 2000 }), (all) => {
        const plain = new Set<Digest>()
        const set = new DigestSet(1e6)
        for (const digest of all) {
          expect(set.has(digest)).toBe(plain.has(digest))
          expect(set.add(digest)).toBe(!plain.has(digest))
          plain.add(digest)
        }
        expect(set.count).toBe(plain.size)
      }),
    )
  })

  it('grows past its first table', () => {
    const set = new DigestSet(1e6)
    const digests = Array.from({ length: 20_000 }, (_, n) => plainDigest(Buffer.from(String(n))))
    expect(digests.every((digest) => set.add(digest))).toBe(true)
    expect(digests.some((digest) => set.add(digest))).toBe(false)
  })

  it('remembers no more than it may', () => {
    const set = new DigestSet(10)
    const digests = Array.from({ length: 20 }, (_, n) => plainDigest(Buffer.from(String(n))))
    for (const digest of digests) set.add(digest)
    expect(digests.filter((digest) => !set.add(digest))).toEqual(digests.slice(0, 10))
    expect(set.count).toBe(10)
  })
})
