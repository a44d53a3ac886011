import { expect, test } from 'vitest'
import { Pace } from './pace.ts'
import { simulatedPaceClock } from './simulated-pace-clock.fixture.ts'

test('bytes are paid for in time, a pause is not saved up, and the rate may change', async () => {
  let rate: number | undefined = 1000
  const clock = simulatedPaceClock()
  const pace = new Pace(() => rate, clock)
  await pace.pay(20)
  expect(clock.waitedMs()).toBeCloseTo(20)
  await clock.wait(10_000, undefined)
  await pace.pay(20) // as if nothing had been
  expect(clock.waitedMs()).toBeCloseTo(10_040)
  rate = undefined
  await pace.pay(1_000_000_000)
  expect(clock.waitedMs()).toBeCloseTo(10_040)
})

test('what several pay to one pace adds up', async () => {
  const clock = simulatedPaceClock()
  const pace = new Pace(() => 1000, clock)
  await Promise.all([pace.pay(300), pace.pay(200), pace.pay(500)])
  expect(clock.now()).toBeGreaterThanOrEqual(1000)
})

test('a step is a tenth of a second, but not tiny', () => {
  expect(new Pace(() => 1_000_000).step).toBe(100_000)
  expect(new Pace(() => 1024).step).toBe(4096)
})

test('a wait ends when it is cancelled', async () => {
  const cancel = new AbortController()
  const waiting = new Pace(() => 1).pay(1_000_000, cancel.signal)
  cancel.abort()
  await expect(waiting).rejects.toThrow()
})
