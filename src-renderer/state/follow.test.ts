import { ORPCError } from '@orpc/client'
import { expect, test } from 'vitest'
import { follow, followToEnd } from './follow.ts'

async function* events(...values: readonly (number | Error)[]): AsyncIterable<number> {
  for (const value of values) {
    if (value instanceof Error) throw value
    yield value
  }
}

test('a stream that breaks is subscribed to again', async () => {
  const streams = [events(1, new Error('socket closed')), events(2, 3)]
  const seen: number[] = []
  await followToEnd({
    open: async () => streams.shift() ?? events(),
    onEvent: (value) => seen.push(value),
    signal: new AbortController().signal,
  })
  expect(seen).toEqual([1, 2, 3])
})

test('a stream without end is opened again when it closes, until the signal aborts', async () => {
  const abort = new AbortController()
  let opened = 0
  await follow({
    open: async () => {
      opened += 1
      if (opened === 2) abort.abort()
      return events(opened)
    },
    onEvent: () => undefined,
    signal: abort.signal,
  })
  expect(opened).toBe(2)
})

test('a refusal is handed over once and not repeated', async () => {
  const refusals: string[] = []
  let opened = 0
  await follow({
    open: async () => {
      opened += 1
      throw new ORPCError('job/unknown')
    },
    onEvent: () => undefined,
    onRefused: (error) => refusals.push(error.code),
    signal: new AbortController().signal,
  })
  expect([opened, refusals]).toEqual([1, ['job/unknown']])
})
