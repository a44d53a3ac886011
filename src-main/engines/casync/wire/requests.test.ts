import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Digest } from '../../../../src-shared/model/digest.ts'
import { CaprotocolError } from './errno.ts'
import { anyId, encodeAll } from './messages.fixture.ts'
import { RequestQueue } from './request-queue.ts'
import { RequestedChunks } from './requested-chunks.ts'

const idOf = (number: number): Digest => number.toString(16).padStart(64, '0') as Digest
const [a, b, c, d] = [1, 2, 3, 4].map(idOf) as [Digest, Digest, Digest, Digest]

function drain(queue: RequestQueue): Digest[] {
  const order: Digest[] = []
  for (let id = queue.next(); id !== undefined; id = queue.next()) order.push(id)
  return order
}

test('P-08: high priority goes first, each level in the order it came', () => {
  const queue = new RequestQueue()
  queue.add([a, b], false)
  queue.add([c, d], true)
  expect(drain(queue)).toEqual([c, d, a, b])
})

test('P-08: what waits at low priority moves to the end of the high ones, and never back', () => {
  const queue = new RequestQueue()
  queue.add([a, b, c], false)
  queue.add([d], true)
  queue.add([b], true)
  queue.add([d, b], false)
  queue.add([d], true)
  expect(queue.size).toBe(4)
  expect(drain(queue)).toEqual([d, b, a, c])
})

test('P-08: an id is answered once, whatever its priority the second time', () => {
  const queue = new RequestQueue()
  queue.add([a], false)
  expect(queue.next()).toBe(a)
  queue.add([a, b], true)
  expect(drain(queue)).toEqual([b])
})

test('P-08: the queue is as one that moves ids in two lists', () => {
  const step = fc.oneof(fc.tuple(fc.array(fc.nat(8).map(idOf), { maxLength: 4 }), fc.boolean()), fc.constant(undefined))
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const queue = new RequestQueue()
      const done: Digest[] = []
      let [high, low]: [Digest[], Digest[]] = [[], []]
      for (const next of steps) {
        if (next === undefined) {
          const expected = high.shift() ?? low.shift()
          if (expected !== undefined) done.push(expected)
          expect(queue.next()).toBe(expected)
          continue
        }
        const [ids, isHigh] = next
        queue.add(ids, isHigh)
        for (const id of ids) {
          if (done.includes(id) || high.includes(id) || (low.includes(id) && !isHigh)) continue
          low = low.filter((other) => other !== id)
          if (isHigh) high = [...high, id]
          else low.push(id)
        }
      }
      expect(drain(queue)).toEqual([...high, ...low])
    }),
  )
})

test('P-08: a chunk is asked for once, and once more when it becomes urgent', () => {
  const chunks = new RequestedChunks()
  expect(chunks.request([a, b, a], false)).toEqual([{ type: 'request', isHighPriority: false, ids: [a, b] }])
  expect(chunks.request([a, c], false)).toEqual([{ type: 'request', isHighPriority: false, ids: [c] }])
  expect(chunks.request([b], true)).toEqual([{ type: 'request', isHighPriority: true, ids: [b] }])
  expect(chunks.request([b], true)).toEqual([])
  expect(chunks.waitingCount).toBe(3)
  expect(chunks.answered({ type: 'missing', id: b })).toBe('awaited')
  // Never wait for a second answer: none is asked for.
  expect(chunks.request([b], true)).toEqual([])
  expect(chunks.answered({ type: 'missing', id: b })).toBe('repeated')
  expect(() => chunks.answered({ type: 'missing', id: d })).toThrow(CaprotocolError)
})

test('many ids are asked for in messages of 2048, as casync does', () => {
  const ids = fc.sample(fc.uniqueArray(anyId, { minLength: 5000, maxLength: 5000, size: 'max' }), 1)[0] ?? []
  const messages = new RequestedChunks().request(ids, false)
  expect(messages.map((message) => encodeAll([message]).length)).toEqual([65_560, 65_560, 24 + 32 * 904])
  expect(messages.flatMap((message) => (message.type === 'request' ? message.ids : []))).toEqual(ids)
})
