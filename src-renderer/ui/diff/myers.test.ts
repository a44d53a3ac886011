import fc from 'fast-check'
import { expect, test } from 'vitest'
import { diffRuns, type Run } from './myers.ts'

const letters = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 40 })

function rebuild(runs: readonly Run[], left: readonly string[], right: readonly string[], side: 'left' | 'right') {
  return runs.flatMap((run) =>
    run.kind === side || run.kind === 'same'
      ? side === 'left'
        ? left.slice(run.leftFrom, run.leftTo)
        : right.slice(run.rightFrom, run.rightTo)
      : [],
  )
}

/** Length of the longest common subsequence, the slow and obvious way. */
function commonLength(a: readonly string[], b: readonly string[]): number {
  const table = Array.from({ length: a.length + 1 }, () => new Array<number>(b.length + 1).fill(0))
  for (let i = 1; i <= a.length; i++)
    for (let j = 1; j <= b.length; j++)
      table[i]![j] = a[i - 1] === b[j - 1] ? table[i - 1]![j - 1]! + 1 : Math.max(table[i - 1]![j]!, table[i]![j - 1]!)
  return table[a.length]![b.length]!
}

test('runs rebuild both sides, agree where they say so, and are as short as they can be', () => {
  fc.assert(
    fc.property(letters, letters, (left, right) => {
      const runs = diffRuns(left, right)
      expect(rebuild(runs, left, right, 'left')).toEqual(left)
      expect(rebuild(runs, left, right, 'right')).toEqual(right)
      let same = 0
      for (const run of runs) {
        if (run.kind !== 'same') continue
        expect(left.slice(run.leftFrom, run.leftTo)).toEqual(right.slice(run.rightFrom, run.rightTo))
        same += run.leftTo - run.leftFrom
      }
      expect(same).toBe(commonLength(left, right))
    }),
  )
})

test('with too many edits the middle is given up, and both sides are still whole', () => {
  const left = ['x', ...Array.from({ length: 50 }, (_, at) => `l${at}`), 'y']
  const right = ['x', ...Array.from({ length: 50 }, (_, at) => `r${at}`), 'y']
  const runs = diffRuns(left, right, 10)
  expect(runs.map((run) => run.kind)).toEqual(['same', 'left', 'right', 'same'])
  expect(rebuild(runs, left, right, 'right')).toEqual(right)
})
