import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { forEachBounded } from './for-each-bounded.ts'

describe('for each, bounded', () => {
  it('does every item, never more than the limit at once', async () => {
    const done: number[] = []
    let running = 0
    let most = 0
    await forEachBounded([5, 1, 3, 2, 4, 0], 3, async (n) => {
      most = Math.max(most, ++running)
      await delay(n)
      running--
      done.push(n)
    })
    expect([done.toSorted(), most]).toEqual([[0, 1, 2, 3, 4, 5], 3])
  })

  it('takes no more items after a failure, and throws it when nothing is under way', async () => {
    const started: number[] = []
    let running = 0
    const work = async (n: number) => {
      started.push(n)
      running++
      await delay(n === 1 ? 1 : 20)
      running--
      if (n === 1) throw new Error('one')
    }
    await expect(forEachBounded([0, 1, 2, 3, 4, 5, 6, 7], 2, work)).rejects.toThrow('one')
    expect([started.length < 5, running]).toEqual([true, 0])
  })

  it('waits for what is under way when the items themselves fail', async () => {
    let running = 0
    function* items() {
      yield 1
      throw new Error('no more')
    }
    const work = async () => {
      running++
      await delay(10)
      running--
    }
    await expect(forEachBounded(items(), 4, work)).rejects.toThrow('no more')
    expect(running).toBe(0)
  })
})
