import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type ChainLink, chainTo } from './check-chain.ts'

const full = (time: number, toLsn: bigint): ChainLink => ({
  ...{ time, level: 'full', fromLsn: 0n, toLsn, baseTime: undefined, serverUid: 'a' },
})
const next = (base: ChainLink, time: number, toLsn: bigint, more: Partial<ChainLink> = {}): ChainLink => ({
  ...{ time, level: 'incremental', fromLsn: base.toLsn, toLsn, baseTime: base.time, serverUid: 'a' },
  ...more,
})

const one = full(10, 100n)
const two = next(one, 20, 200n)
const three = next(two, 30, 200n)

describe('27: the chain of a point', () => {
  test('is its full and all in between, in order; an incremental in which nothing happened is one', () => {
    const all = [three, full(5, 50n), two, one, next(one, 25, 300n)]
    expect(chainTo(30, all)).toEqual([one, two, three])
    expect(chainTo(10, all)).toEqual([one])
  })

  test.each<[string, ChainLink[], string]>([
    ['the point itself is missing', [one, two], 'missing'],
    ['one in between is missing', [one, three], '00:00:20.000Z is missing'],
    ['the full is missing', [two, three], '00:00:10.000Z is missing'],
    [
      'it does not begin where the one before ends',
      [one, two, next(two, 30, 400n, { fromLsn: 201n })],
      'begins at 201',
    ],
    ['it is of another server', [one, two, next(two, 30, 400n, { serverUid: 'b' })], 'different servers'],
    ['it does not say what it builds on', [one, two, next(two, 30, 400n, { baseTime: undefined })], 'does not say'],
    ['it builds on itself', [one, two, next(two, 30, 400n, { baseTime: 30 })], 'a later backup'],
    ['it goes backwards', [one, two, next(two, 30, 100n)], 'ends before it begins'],
    ['the full is none', [{ ...one, fromLsn: 5n }, two, three], 'in the middle'],
  ])('%s', (_, all, problem) => {
    let failure: unknown
    try {
      chainTo(30, all)
    } catch (error) {
      failure = error
    }
    expect(failure).toMatchObject({ code: 'mysql/chain-broken', detail: expect.stringContaining(problem) })
  })

  test('is never made of links that do not fit, whatever is there', () => {
    const link = fc.record({
      time: fc.integer({ min: 1, max: 12 }),
      level: fc.constantFrom('full' as const, 'incremental' as const),
      fromLsn: fc.bigInt({ min: 0n, max: 3n }),
      toLsn: fc.bigInt({ min: 0n, max: 3n }),
      baseTime: fc.option(fc.integer({ min: 1, max: 12 }), { nil: undefined }),
      serverUid: fc.constant(undefined),
    })
    fc.assert(
      fc.property(fc.uniqueArray(link, { selector: ({ time }) => time, maxLength: 10 }), (all) => {
        let chain: readonly ChainLink[]
        try {
          chain = chainTo(12, all)
        } catch (error) {
          expect(error).toMatchObject({ code: 'mysql/chain-broken' })
          return
        }
        expect([chain[0]?.level, chain.at(-1)?.time]).toEqual(['full', 12])
        for (const [index, link] of chain.slice(1).entries()) {
          expect(link.fromLsn).toBe(chain[index]?.toLsn)
          expect(link.baseTime).toBe(chain[index]?.time)
        }
      }),
    )
  })
})
