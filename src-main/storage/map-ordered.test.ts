import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { mapOrdered } from './map-ordered.ts'

test('results come in the order of the items, and no more than the limit is under way', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 20 }),
      fc.integer({ min: 1, max: 5 }),
      async (delays, limit) => {
        let running = 0
        let most = 0
        const work = async (delay: number): Promise<number> => {
          most = Math.max(most, ++running)
          await sleep(delay)
          running--
          return delay
        }
        expect(await Array.fromAsync(mapOrdered(delays, limit, work))).toEqual(delays)
        expect(most).toBeLessThanOrEqual(limit)
      },
    ),
    { numRuns: 30 },
  )
})

test('a failure stops the source, waits for what runs, and is thrown in its turn', async () => {
  const started: number[] = []
  const finished: number[] = []
  const results: number[] = []
  const run = async (): Promise<void> => {
    const numbers = mapOrdered([0, 1, 2, 3, 4, 5, 6, 7], 3, async (n) => {
      started.push(n)
      if (n === 1) throw new Error('one')
      await sleep(10)
      finished.push(n)
      return n
    })
    for await (const n of numbers) results.push(n)
  }
  await expect(run()).rejects.toThrow('one')
  expect(results).toEqual([0])
  expect(finished).toEqual(started.filter((n) => n !== 1))
  expect(started.length).toBeLessThan(5)
})

test('who stops early waits for what was started', async () => {
  let running = 0
  for await (const _ of mapOrdered([1, 2, 3, 4], 3, async () => {
    running++
    await sleep(5)
    running--
  }))
    break
  expect(running).toBe(0)
})

test('a limit is at least one', async () => {
  await expect(Array.fromAsync(mapOrdered([1], 0, async () => 1))).rejects.toThrow(RangeError)
})
