import { expect, it } from 'vitest'
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
  const feed = new LiveFeed<string, number>()
  const subscription = feed.subscribe(80, undefined)
  feed.publish('a', 1, false)
  await subscription.next()
  const before = performance.now()
  feed.publish('a', 2, false)
  await subscription.next()
  expect(performance.now() - before).toBeGreaterThan(60)
  const then = performance.now()
  feed.publish('a', 3, false)
  setTimeout(() => feed.publish('a', 4, true), 5)
  expect((await subscription.next()).value).toEqual([4])
  expect(performance.now() - then).toBeLessThan(60)
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
