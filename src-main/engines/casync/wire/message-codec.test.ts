import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { encodeMessage } from './encode-message.ts'
import { CaprotocolError } from './errno.ts'
import { type Message, maxChunkDataBytes, maxMessageBytes } from './message.ts'
import { MessageDecoder } from './message-decoder.ts'
import { anyId, anyMessage, decodeAll, encodeAll } from './messages.fixture.ts'

const failure = (bytes: Uint8Array, pieceBytes = bytes.length): CaprotocolError => {
  try {
    decodeAll(bytes, pieceBytes)
  } catch (error) {
    if (error instanceof CaprotocolError) return error
    throw error
  }
  throw new Error('not refused')
}

const u64 = (value: bigint): Buffer => Buffer.from(new Uint8Array(BigUint64Array.of(value).buffer))
const frame = (magic: bigint, body: Uint8Array, size = 16n + BigInt(body.length)): Uint8Array =>
  Buffer.concat([u64(size), u64(magic), body])
const magics = {
  hello: 0x3c71d0948ca5fbeen,
  index: 0xb32a91dd2b3e27f8n,
  indexEof: 0x4f0932f1043718f5n,
  archive: 0x95d6428a69eddcc5n,
  request: 0x8ab427e0f89d9210n,
  chunk: 0x5213dd180a84bc8cn,
  missing: 0xd010f9fac82b7b6cn,
  goodbye: 0xad205dbf1a3686c3n,
  abort: 0xe7d9136b7efea352n,
}
const id = Buffer.alloc(32, 7)

test('P-01: whatever is sent is received, in pieces of any size', () => {
  fc.assert(
    fc.property(fc.array(anyMessage, { maxLength: 8 }), fc.integer({ min: 1, max: 120 }), (messages, pieceBytes) => {
      expect(decodeAll(encodeAll(messages), pieceBytes)).toEqual(messages)
    }),
  )
})

test('P-01: a stream that ends within a message is refused', () => {
  fc.assert(
    fc.property(anyMessage, (message) => {
      const bytes = encodeAll([message])
      for (let length = 1; length < bytes.length; length++) {
        expect(failure(bytes.subarray(0, length)).field).toBe('message')
      }
    }),
    { numRuns: 20 },
  )
})

test('P-01: no single changed byte makes the decoder do anything but read or refuse', () => {
  fc.assert(
    fc.property(
      fc.array(anyMessage, { minLength: 1, maxLength: 3 }),
      fc.nat(),
      fc.nat(255),
      (messages, place, value) => {
        const bytes = encodeAll(messages)
        bytes[place % bytes.length] = value
        try {
          decodeAll(bytes, 50)
        } catch (error) {
          if (!(error instanceof CaprotocolError)) throw error
        }
      },
    ),
    { numRuns: 500 },
  )
})

describe('P-01: what may not be received', () => {
  test.each<[string, Uint8Array, string, number]>([
    ['a size of 8', frame(magics.goodbye, new Uint8Array(0), 8n), 'message size', 0],
    ['16 MiB and a byte', frame(magics.index, new Uint8Array(1), (16n << 20n) + 1n), 'message size', 0],
    ['a size of 2^64 − 1', frame(magics.index, new Uint8Array(1), 2n ** 64n - 1n), 'message size', 0],
    ['an unknown type', frame(0x1234n, new Uint8Array(8)), 'message type', 8],
    ['HELLO with nothing', frame(magics.hello, u64(0n)), 'HELLO flags', 16],
    ['HELLO with everything', frame(magics.hello, u64(2n ** 64n - 1n)), 'HELLO flags', 16],
    ['HELLO of 23 bytes', frame(magics.hello, new Uint8Array(7)), 'message size', 0],
    ['HELLO of 25 bytes', frame(magics.hello, new Uint8Array(9)), 'message size', 0],
    ['an empty INDEX', frame(magics.index, new Uint8Array(0)), 'message size', 0],
    ['an empty ARCHIVE', frame(magics.archive, new Uint8Array(0)), 'message size', 0],
    ['INDEX_EOF with a body', frame(magics.indexEof, new Uint8Array(1)), 'message size', 0],
    ['GOODBYE with a body', frame(magics.goodbye, new Uint8Array(8)), 'message size', 0],
    ['REQUEST without ids', frame(magics.request, u64(0n)), 'message size', 0],
    [
      'REQUEST with a part of an id',
      frame(magics.request, Buffer.concat([u64(0n), id, id.subarray(1)])),
      'message size',
      0,
    ],
    ['REQUEST with flags 2', frame(magics.request, Buffer.concat([u64(2n), id])), 'REQUEST flags', 16],
    ['CHUNK without data', frame(magics.chunk, Buffer.concat([u64(1n), id])), 'message size', 0],
    ['CHUNK with flags 3', frame(magics.chunk, Buffer.concat([u64(3n), id, id])), 'CHUNK flags', 16],
    ['MISSING with 31 bytes of an id', frame(magics.missing, id.subarray(1)), 'message size', 0],
    ['ABORT without a reason', frame(magics.abort, u64(2n)), 'message size', 0],
    [
      'ABORT with an error of 31 bits',
      frame(magics.abort, Buffer.concat([u64(0x7fffffffn), u64(0n)])),
      'ABORT error',
      16,
    ],
    [
      'ABORT whose reason does not end',
      frame(magics.abort, Buffer.concat([u64(2n), Buffer.from('no')])),
      'ABORT reason',
      25,
    ],
    [
      'ABORT with a new line in its reason',
      frame(magics.abort, Buffer.concat([u64(2n), Buffer.from('a\nb\0')])),
      'ABORT reason',
      25,
    ],
  ])('%s', (_, bytes, field, offset) => {
    for (const pieceBytes of [1, bytes.length]) {
      const error = failure(bytes, pieceBytes)
      expect([error.protocol, error.field, error.offset, error.errno]).toEqual(['caprotocol', field, offset, 74])
    }
  })

  test('a header is judged before its body comes, and messages before it were given', () => {
    const decoder = new MessageDecoder()
    const seen: string[] = []
    const bytes = Buffer.concat([frame(magics.goodbye, new Uint8Array(0)), u64(1n << 40n), u64(magics.index)])
    expect(() => {
      for (const { type } of decoder.push(bytes)) seen.push(type)
    }).toThrow('offset 16')
    expect(seen).toEqual(['goodbye'])
  })
})

test('a large message in small pieces is put together without copying it over and over', () => {
  const data = Buffer.alloc(maxChunkDataBytes, 'chunk')
  const [sample] = fc.sample(anyId, 1)
  if (sample === undefined) throw new Error('no id')
  const message: Message = { type: 'chunk', id: sample, isCompressed: true, data }
  const bytes = encodeAll([message, { type: 'goodbye' }])
  expect(bytes.length).toBe(maxMessageBytes + 16)
  const [chunk, goodbye] = decodeAll(bytes, 1000)
  if (chunk?.type !== 'chunk') throw new Error('no chunk')
  expect(Buffer.compare(chunk.data, data)).toBe(0)
  expect(goodbye).toEqual({ type: 'goodbye' })
})

test('what a peer would refuse is not sent', () => {
  const ids = fc.sample(anyId, 1)
  const chunk = (data: Uint8Array): Message => ({ type: 'chunk', id: ids[0]!, isCompressed: true, data })
  expect(() => encodeMessage(chunk(new Uint8Array(maxChunkDataBytes + 1)))).toThrow(RangeError)
  expect(() => encodeMessage(chunk(new Uint8Array(0)))).toThrow(RangeError)
  expect(() => encodeMessage({ type: 'index', data: new Uint8Array(0) })).toThrow(RangeError)
  expect(() => encodeMessage({ type: 'request', isHighPriority: true, ids: [] })).toThrow(RangeError)
  expect(() => encodeMessage({ type: 'abort', errno: -1, reason: '' })).toThrow(RangeError)
  expect(() => encodeMessage({ type: 'abort', errno: 0x7fffffff, reason: '' })).toThrow(RangeError)
})

test('the reason of an ABORT loses its control characters and what is too long', () => {
  const sent = (reason: string): Message | undefined =>
    decodeAll(encodeAll([{ type: 'abort', errno: 2, reason }]), 10)[0]
  expect(sent('two\r\nlines\0')).toEqual({ type: 'abort', errno: 2, reason: 'two lines ' })
  const long = sent('€'.repeat(2000))
  expect(long).toEqual({ type: 'abort', errno: 2, reason: '€'.repeat(1365) })
})
