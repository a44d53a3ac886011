import { afterEach, expect, test, vi } from 'vitest'
import { outlive } from './outlive.ts'

afterEach(() => {
  vi.useRealTimers()
})

const untilAborted = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))

test('work goes on after an abort, until its time is over', async () => {
  vi.useFakeTimers()
  const controller = new AbortController()
  let isOver = false
  const work = outlive(controller.signal, 1000, untilAborted).catch((error: unknown) => {
    isOver = true
    return error
  })
  await vi.advanceTimersByTimeAsync(5000)
  controller.abort(new Error('cancelled'))
  await vi.advanceTimersByTimeAsync(999)
  expect(isOver).toBe(false)
  await vi.advanceTimersByTimeAsync(1)
  expect(await work).toEqual(new Error('cancelled'))
})

test('what ends in time gives its result, and leaves no timer behind', async () => {
  vi.useFakeTimers()
  const controller = new AbortController()
  const { promise, resolve } = Promise.withResolvers<string>()
  const work = outlive(controller.signal, 1000, () => promise)
  controller.abort()
  resolve('made')
  expect(await work).toBe('made')
  expect(vi.getTimerCount()).toBe(0)
})
