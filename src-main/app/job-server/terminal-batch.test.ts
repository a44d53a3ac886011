import { create, type MessageInitShape } from '@bufbuild/protobuf'
import { expect, test } from 'vitest'
import { GetJobStreamResponse_TerminalSchema } from '../../engines/vagrant/generated/server_pb.js'
import { createBatchReader } from './terminal-batch.ts'

type Terminal = Exclude<MessageInitShape<typeof GetJobStreamResponse_TerminalSchema>, { $typeName: string }>
type Event = NonNullable<NonNullable<Terminal['events']>[number]['event']>

const mebibyte = 1024 * 1024

function read(...events: Event[]) {
  const message = create(GetJobStreamResponse_TerminalSchema, { events: events.map((event) => ({ event })) })
  return [...createBatchReader()(message)]
}

const sizes = (batches: readonly unknown[]) => batches.map((batch) => JSON.stringify(batch).length)

test('events that are many go in several batches, each well below what may cross', () => {
  const batches = read(
    ...Array.from({ length: 40 }, () => ({ case: 'line', value: { msg: 'x'.repeat(50_000) } }) as const),
  )
  expect(batches.flatMap(({ events }) => events)).toHaveLength(40)
  expect(Math.max(...sizes(batches))).toBeLessThan(mebibyte)
})

test.each<[string, Event]>([
  ['line', { case: 'line', value: { msg: 'x'.repeat(3 * mebibyte), style: 's'.repeat(mebibyte) } }],
  ['status', { case: 'status', value: { msg: 'x', status: 's'.repeat(2 * mebibyte) } }],
  ['headers', { case: 'table', value: { headers: Array.from({ length: 5000 }, () => 'h'.repeat(1000)) } }],
  [
    'rows',
    {
      case: 'table',
      value: { rows: Array.from({ length: 20 }, () => ({ entries: [{ value: 'x'.repeat(120_000) }] })) },
    },
  ],
  [
    'values',
    {
      case: 'namedValues',
      value: { values: Array.from({ length: 50_000 }, (_, i) => ({ name: `${i}`, value: 'x' })) },
    },
  ],
  ['raw', { case: 'raw', value: { data: Buffer.alloc(3 * mebibyte, 'x') } }],
  [
    'step',
    { case: 'step', value: { id: 1, msg: 'x', status: 's'.repeat(mebibyte), output: Buffer.alloc(mebibyte, 'x') } },
  ],
])('one event that is too large (%s) is cut to what may cross, and stays one event', (_, event) => {
  const batches = read(event)
  expect(batches.flatMap(({ events }) => events)).toHaveLength(1)
  expect(Math.max(...sizes(batches))).toBeLessThan(mebibyte)
})

test('a table that fits stays as it is; one that does not ends with a row that says so', () => {
  const table = (rows: number) =>
    read({
      case: 'table',
      value: { rows: Array.from({ length: rows }, (_, i) => ({ entries: [{ value: `${i}`.padEnd(1000) }] })) },
    })
  const rowsOf = (rows: number) =>
    table(rows).flatMap(({ events }) => events.flatMap((event) => (event.kind === 'table' ? event.rows : [])))
  expect(rowsOf(300)).toHaveLength(300)
  const cut = rowsOf(2000)
  expect(cut.length).toBeLessThan(600)
  expect(cut.at(-1)).toEqual([{ text: '…', color: '' }])
})
