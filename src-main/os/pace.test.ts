import { expect, test } from 'vitest'
import { Pace } from './pace.ts'

test('bytes are paid for in time, a pause is not saved up, and the rate may change', async () => {
  let now = 0
  let rate: number | undefined = 1000
  const paid: number[] = []
  const pace = new Pace(
    () => rate,
    () => now,
  )
  const pay = async (bytes: number): Promise<void> => {
    const begun = performance.now()
    await pace.pay(bytes)
    paid.push(performance.now() - begun)
  }
  await pay(20) // 20 ms
  now += 10_020
  await pay(20) // as if nothing had been
  rate = undefined
  await pay(1_000_000_000)
  expect(paid[0]).toBeGreaterThanOrEqual(15)
  expect(paid[1]).toBeGreaterThanOrEqual(15)
  expect(paid[2]).toBeLessThan(100_000)
})

test('a wait ends when it is cancelled', async () => {
  const cancel = new AbortController()
  const waiting = new Pace(() => 1).pay(1_000_000, cancel.signal)
  cancel.abort()
  await expect(waiting).rejects.toThrow()
})
