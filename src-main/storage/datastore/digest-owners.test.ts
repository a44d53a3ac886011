import fc from 'fast-check'
import { expect, test } from 'vitest'
import { plainDigest } from '../crypt-config.ts'
import { DigestOwners } from './digest-owners.ts'

test('it knows of each digest whether one owner has it alone', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(3000), fc.nat(5)), { maxLength: 6000 }), (claims) => {
      const owners = new DigestOwners()
      const naive = new Map<string, Set<number>>()
      for (const [name, owner] of claims) {
        const digest = plainDigest(Buffer.from(String(name)))
        owners.claim(digest, owner)
        naive.set(digest, (naive.get(digest) ?? new Set()).add(owner))
      }
      expect(owners.count).toBe(naive.size)
      const found = new Map(owners.entries().map(({ digest, owner }) => [digest as string, owner]))
      const expected = new Map(naive.entries().map(([digest, by]) => [digest, by.size === 1 ? [...by][0] : undefined]))
      expect(found).toEqual(expected)
    }),
    { numRuns: 15 },
  )
})
