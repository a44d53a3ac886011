import { describe, expect, test } from 'vitest'
import { CasyncIndex } from '../index/casync-index.ts'
import { IndexDecoder } from '../index/index-decoder.ts'
import { openChunk } from '../store/chunk-payload.ts'
import { vector } from '../vectors.fixture.ts'
import { ConnectionRules } from './connection-rules.ts'
import type { Message } from './message.ts'
import { decodeAll, encodeAll } from './messages.fixture.ts'
import { RequestedChunks } from './requested-chunks.ts'

/** As `transcripts.json` lists a frame. */
interface Frame {
  readonly size: number
  readonly type: string
  readonly feature_flags?: string
  readonly flags?: number
  readonly data_size?: number
  readonly chunk?: string
  readonly chunks?: readonly string[]
}

// Ours: see the README of testdata.
const transcripts = JSON.parse(Buffer.from(vector('protocol/transcripts.json')).toString()) as Readonly<
  Record<string, { readonly c2s: readonly Frame[]; readonly s2c: readonly Frame[] }>
>
const names = Object.keys(transcripts)
const sides = ['c2s', 's2c'] as const

function frameOf(message: Message): Frame {
  const size = encodeAll([message]).length
  const type = message.type.toUpperCase().replace('-', '_')
  switch (message.type) {
    case 'hello':
      return { size, type, feature_flags: `0x${message.featureFlags.toString(16)}` }
    case 'index':
    case 'archive':
      return { size, type, data_size: message.data.length }
    case 'request':
      return { size, type, flags: message.isHighPriority ? 1 : 0, chunks: message.ids }
    case 'chunk':
      return { size, type, flags: message.isCompressed ? 1 : 0, chunk: message.id, data_size: message.data.length }
    case 'missing':
      return { size, type, chunk: message.id }
    default:
      return { size, type }
  }
}

const read = (name: string, side: 'c2s' | 's2c', pieceBytes = 1 << 20): Message[] =>
  decodeAll(vector(`protocol/${name}.${side}.bin`), pieceBytes)

const idsOf = (messages: readonly Message[]): string[] =>
  messages.flatMap((message) => (message.type === 'request' ? message.ids : []))

describe.each(names)('P-01, P-03 to P-10: %s', (name) => {
  test.each(sides)(
    'the frames of %s are those that were noted, however they are cut, and are written the same',
    (side) => {
      const bytes = vector(`protocol/${name}.${side}.bin`)
      const messages = read(name, side)
      const noted = transcripts[name]?.[side].map(({ size, type, feature_flags, flags, data_size, chunk, chunks }) => {
        return JSON.parse(JSON.stringify({ size, type, feature_flags, flags, data_size, chunk, chunks }))
      })
      expect(messages.map(frameOf)).toEqual(noted)
      for (const pieceBytes of [1, 3, 16, 17, 1000]) expect(read(name, side, pieceBytes)).toEqual(messages)
      expect(Buffer.from(encodeAll(messages)).equals(bytes)).toBe(true)
    },
  )

  test('both sides keep the rules of order, seen from either', () => {
    const client = read(name, 'c2s')
    const server = read(name, 's2c')
    for (const [ours, theirs] of [
      [client, server],
      [server, client],
    ] as const) {
      const [greeting, ...rest] = ours
      if (greeting?.type !== 'hello') throw new Error('no greeting')
      const rules = new ConnectionRules(greeting.featureFlags)
      rules.sent(greeting)
      const [answer, ...others] = theirs
      if (answer !== undefined) rules.received(answer)
      // casync pushes an index header first, then a few items at a time.
      for (const message of rest) rules.sent(message)
      for (const message of others) rules.received(message)
    }
  })

  test('answers are to requests, once each', () => {
    const [asking, answering] = name.startsWith('pull') ? sides : (['s2c', 'c2s'] as const)
    const asked = new RequestedChunks()
    for (const message of read(name, asking)) {
      if (message.type === 'request') asked.request(message.ids, message.isHighPriority)
    }
    for (const message of read(name, answering)) {
      if (message.type === 'chunk' || message.type === 'missing') expect(asked.answered(message)).toBe('awaited')
    }
    expect(asked.waitingCount).toBe(0)
  })
})

test.each(names)('P-04, P-10, P-14: indexes and chunks of %s fit each other', (name) => {
  const decoder = new IndexDecoder()
  const placed = new Map<string, number>()
  for (const message of [...read(name, 'c2s'), ...read(name, 's2c')]) {
    if (message.type === 'index')
      for (const { digest, sizeBytes } of decoder.push(message.data)) placed.set(digest, sizeBytes)
    if (message.type === 'index-eof') decoder.finish()
    if (message.type !== 'chunk') continue
    const open = (): Uint8Array => openChunk(message.id, { bytes: message.data, isCompressed: message.isCompressed })
    if (placed.has(message.id)) expect(open().length).toBe(placed.get(message.id))
  }
})

test('P-05: a connection for the store alone asks for what its index lists', () => {
  const index = CasyncIndex.parse(vector('protocol/multi.caibx'))
  const asked = new Set(idsOf(read('pull-store-only', 'c2s')))
  expect([...index].every(({ digest }) => asked.has(digest))).toBe(true)
})

test('P-07: the chunk that is absent is said to be missing', () => {
  const messages = read('pull-missing', 's2c')
  expect(messages.filter(({ type }) => type === 'missing').length).toBe(1)
  expect(messages.filter(({ type }) => type === 'chunk').length).toBe(11)
})
