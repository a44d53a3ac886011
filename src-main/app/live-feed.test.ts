import { expect, it, onTestFinished, vi } from 'vitest'
import { LiveFeed } from './live-feed.ts'

it('a slow subscriber gets the newest of each key, once', async () => {
  const feed = new LiveFeed<string, number>()
  const subscription = feed.subscribe(10, undefined)
  for (let i = 1; i <= 1000; i++) feed.publish('a', i, false)
  feed.publish('b', 7, false)
  expect((await subscription.next()).value).toEqual([1000, 7])
  feed.publish('a', 1001, false)
  expect((await subscription.next()).value).toEqual([1001])
})

it('keeps the pause between batches, unless it is urgent', async () => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const feed = new LiveFeed<string, number>()
  const subscription = feed.subscribe(80, undefined)
  const got: unknown[] = []
  void (async () => {
    for await (const batch of subscription) got.push(batch)
  })()
  await vi.advanceTimersByTimeAsync(1000)
  feed.publish('a', 1, false)
  await vi.advanceTimersByTimeAsync(1)
  expect(got).toEqual([[1]])
  feed.publish('a', 2, false)
  await vi.advanceTimersByTimeAsync(78)
  expect(got).toEqual([[1]])
  await vi.advanceTimersByTimeAsync(1)
  expect(got).toEqual([[1], [2]])
  feed.publish('a', 3, false)
  await vi.advanceTimersByTimeAsync(5)
  feed.publish('a', 4, true)
  await vi.advanceTimersByTimeAsync(0)
  expect(got).toEqual([[1], [2], [4]])
})

it('hears what is published between subscribing and asking', async () => {
  const feed = new LiveFeed<string, number>()
  const subscription = feed.subscribe(0, undefined)
  feed.publish('a', 1, false)
  expect((await subscription.next()).value).toEqual([1])
})

it('ends with its signal, with the feed, and when it is left', async () => {
  const feed = new LiveFeed<string, number>()
  const controller = new AbortController()
  const first = feed.subscribe(0, controller.signal)
  const waiting = first.next()
  controller.abort()
  expect((await waiting).done).toBe(true)
  const second = feed.subscribe(0, undefined)
  const alsoWaiting = second.next()
  feed.close()
  expect((await alsoWaiting).done).toBe(true)
  expect((await feed.subscribe(0, AbortSignal.abort()).next()).done).toBe(true)
})
