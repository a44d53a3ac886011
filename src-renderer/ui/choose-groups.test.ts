import fc from 'fast-check'
import { expect, test } from 'vitest'
import { chooseGroups } from './choose-groups.ts'

test('the groups asked for are different ones that the sheet has', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 3, max: 40 }),
      fc.infiniteStream(fc.double({ min: 0, max: 0.999, noNaN: true })),
      (of, random) => {
        const asked = chooseGroups(of, 3, () => random.next().value)
        expect(new Set(asked).size).toBe(3)
        expect(asked.every((at) => at >= 1 && at <= of)).toBe(true)
        expect(asked).toEqual(asked.toSorted((a, b) => a - b))
      },
    ),
  )
})
