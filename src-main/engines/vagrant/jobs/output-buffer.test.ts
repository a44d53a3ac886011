import { join } from 'node:path'
import { create } from '@bufbuild/protobuf'
import { expect, onTestFinished, test } from 'vitest'
import { GetJobStreamResponse_Terminal_EventSchema as TerminalEventSchema } from '../generated/server_pb.js'
import { openVagrantDatabase } from '../storage/open-vagrant-database.ts'
import { never, temporaryFolder } from '../testing/server.fixture.ts'
import {
  defaultOutputLimits,
  type OutputBatch,
  OutputBuffer,
  type OutputLimits,
  prepareOutput,
} from './output-buffer.ts'

async function open(limits: Partial<OutputLimits> = {}) {
  const db = openVagrantDatabase(join(await temporaryFolder(), 'data.db'))
  onTestFinished(() => void db.close())
  db.exec("INSERT INTO job (id, state, is_external, message) VALUES ('j', 1, 0, x'')")
  const make = () => new OutputBuffer(prepareOutput(db), 'j', { ...defaultOutputLimits, ...limits })
  return { buffer: make(), reopen: make }
}

const event = (msg: string) => create(TerminalEventSchema, { event: { case: 'line', value: { msg } } })
const write = (buffer: OutputBuffer, from: number, count: number) => {
  for (let i = from; i < from + count; i++) buffer.write([event(String(i))])
}
const numbers = ({ events }: OutputBatch) =>
  events.map((each) => (each.event.case === 'line' ? Number(each.event.value.msg) : -1))

test('BUF-01 what was written is read; a reader waits for more; nothing is there without waiting; a write wakes', async () => {
  const { buffer } = await open()
  write(buffer, 0, 3)
  const reader = buffer.reader()
  expect(numbers(reader.readNow(10))).toEqual([0, 1, 2])
  expect(numbers(reader.readNow(10))).toEqual([])
  const waiting = reader.read(10, never())
  write(buffer, 3, 1)
  expect(numbers(await waiting)).toEqual([3])
  expect(numbers(buffer.reader().readNow(10))).toEqual([0, 1, 2, 3])
})

test('BUF-02 close wakes readers, and may be called twice', async () => {
  const { buffer } = await open()
  const waiting = buffer.reader().read(10, never())
  buffer.close()
  buffer.close()
  expect(numbers(await waiting)).toEqual([])
  buffer.write([event('late')])
  expect(buffer.next).toBe(0)
})

test('BUF-03 the limit is respected, the rest is read next; a batch has at most 64', async () => {
  const { buffer } = await open()
  write(buffer, 0, 164)
  const reader = buffer.reader()
  expect(numbers(reader.readNow(1))).toEqual([0])
  expect([reader.readNow(), reader.readNow(), reader.readNow()].map(({ events }) => events.length)).toEqual([
    64, 64, 35,
  ])
})

test('BUF-04 a small buffer keeps the newest: a new reader reads it', async () => {
  const { buffer } = await open({ events: 4 })
  write(buffer, 0, 53)
  expect(numbers(buffer.reader().readNow())).toEqual([49, 50, 51, 52])
})

test('BUF-05 a reader that fell behind goes on at the oldest that is kept: this buffer is a ring, not a window', async () => {
  const { buffer } = await open({ events: 2 })
  const reader = buffer.reader()
  write(buffer, 0, 53)
  expect(reader.readNow()).toMatchObject({ first: 51 })
  write(buffer, 53, 1)
  expect(numbers(reader.readNow())).toEqual([53])
})

test('BUF-06 BUF-07 closing a reader, or aborting its signal, unblocks it; closing twice is safe', async () => {
  const { buffer } = await open()
  const reader = buffer.reader()
  const waiting = reader.read(10, never())
  reader.close()
  reader.close()
  expect(numbers(await waiting)).toEqual([])
  const stop = new AbortController()
  const other = buffer.reader().read(10, stop.signal)
  stop.abort()
  expect(numbers(await other)).toEqual([])
})

test('BUF-08 BUF-09 BUF-10 BUF-11 history: none, some, asked before anything was written, over many', async () => {
  const { buffer } = await open({ events: 12 })
  const before = buffer.reader(2)
  write(buffer, 0, 5)
  expect(numbers(before.readNow())).toEqual([0, 1, 2, 3, 4])
  const none = buffer.reader(0)
  expect(numbers(none.readNow())).toEqual([])
  const two = buffer.reader(2)
  expect(numbers(two.readNow())).toEqual([3, 4])
  const waiting = two.read(10, never())
  write(buffer, 5, 4)
  expect(numbers(await waiting)[0]).toBe(5)
  expect(numbers(none.readNow())).toEqual([5, 6, 7, 8])
  write(buffer, 9, 14)
  const nine = numbers(buffer.reader(9).readNow())
  expect([nine.length, ...nine.slice(-2)]).toEqual([9, 21, 22])
})

test('ROW-24 output survives a restart, and is counted on', async () => {
  const { buffer, reopen } = await open()
  write(buffer, 0, 1000)
  const again = reopen()
  expect(again.next).toBe(1000)
  const reader = again.reader()
  const all: number[] = []
  for (let batch = reader.readNow(); batch.events.length > 0; batch = reader.readNow()) all.push(...numbers(batch))
  expect(all).toEqual(Array.from({ length: 1000 }, (_, i) => i))
})

test('oversized output is bounded: bytes per job, bytes per batch, and one event that would not fit a message', async () => {
  const { buffer } = await open({ bytes: 3_000_000 })
  for (let i = 0; i < 10; i++) buffer.write([event(`${i}${'x'.repeat(600_000)}`)])
  expect(buffer.reader().readNow().events.length).toBe(1)
  expect(buffer.reader().readNow()).toMatchObject({ first: 6 })
  buffer.write([event('y'.repeat(3_000_000))])
  const last = buffer.reader(1).readNow().events[0]
  expect(last?.event).toMatchObject({ case: 'line', value: { msg: expect.stringContaining('was left out') } })
})
