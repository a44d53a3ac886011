import fc from 'fast-check'
import { expect, test } from 'vitest'
import { keepChains } from './chain-retention.ts'

interface Decision {
  readonly time: number
  readonly baseTime: number | undefined
  readonly keep: boolean
}

const decide = (decisions: readonly Decision[]) => keepChains(decisions, (decision) => decision)
const kept = (decisions: readonly Decision[]) => decide(decisions).flatMap(({ keep, time }) => (keep ? [time] : []))

test('a base stays as long as one that is kept needs it', () => {
  const chain = [
    { time: 1, baseTime: undefined, keep: false },
    { time: 2, baseTime: 1, keep: false },
    { time: 3, baseTime: 2, keep: true },
    { time: 4, baseTime: 3, keep: false },
  ]
  expect(kept(chain)).toEqual([1, 2, 3])
  expect(decide(chain).map(({ neededByLater }) => neededByLater)).toEqual([true, true, false, false])
  expect(kept(chain.map((each) => ({ ...each, keep: false })))).toEqual([])
})

/** Each backup is a full or builds on one before it. */
const histories = fc.integer({ min: 0, max: 40 }).chain((count) =>
  fc.tuple(
    ...Array.from({ length: count }, (_, time) =>
      fc.record({
        time: fc.constant(time),
        baseTime:
          time === 0 ? fc.constant(undefined) : fc.option(fc.integer({ min: 0, max: time - 1 }), { nil: undefined }),
        keep: fc.boolean(),
      }),
    ),
  ),
)

test('every kept backup has its whole chain, and nothing else is kept', () => {
  fc.assert(
    fc.property(histories, (decisions) => {
      const keptTimes = new Set(kept(decisions))
      const byTime = new Map(decisions.map((decision) => [decision.time, decision]))
      const wanted = new Set<number>()
      for (const decision of decisions) {
        if (!decision.keep) continue
        for (let at: Decision | undefined = decision; at; at = byTime.get(at.baseTime ?? -1)) wanted.add(at.time)
      }
      expect(keptTimes).toEqual(wanted)
    }),
  )
})

test('a circle, which no backup makes, ends', () => {
  expect(
    kept([
      { time: 1, baseTime: 2, keep: false },
      { time: 2, baseTime: 1, keep: true },
    ]),
  ).toEqual([1, 2])
})
