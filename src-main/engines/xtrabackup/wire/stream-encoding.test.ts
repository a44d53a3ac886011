import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { collect, pieces } from '../testing/bytes.fixture.ts'
import { encodeFrames } from './bkm-frames.ts'
import { compressStream, decompressStream, parseInlineCompress } from './compression.ts'
import { failedBlock, type KvBlock } from './kv-block.ts'
import { MessageReader } from './message-reader.ts'
import { decodeStream, encodeStream, parseStreamEncoding, type StreamEncoding } from './stream-encoding.ts'
import { frameBytesLimit, uuencodedBytes } from './uuencode.ts'

const signal = new AbortController().signal
const blockBytes = 4096

function decode(encoding: StreamEncoding, bytes: Uint8Array, size?: number, onTrailer = (_: KvBlock): void => {}) {
  const reader = new MessageReader(pieces(bytes, size), signal)
  return collect(decodeStream(reader, { encoding, blockBytes: Math.max(blockBytes, 10_240), onTrailer }))
}

function encode(encoding: StreamEncoding, data: Uint8Array, block = blockBytes): Promise<Buffer> {
  const source = pieces(data, 1000)
  if (encoding === 'frames') return collect(encodeFrames(source, async () => ({ 'to-lsn': '7' }), String))
  return collect(encodeStream(encoding, source, block))
}

function sample(length: number): Buffer {
  return Buffer.from(Uint8Array.from({ length }, (_, at) => (at * 7 + (at >> 8)) & 255))
}

const all: readonly StreamEncoding[] = ['uuencode', 'base64', 'octets', 'frames']

describe.each(all)('%s', (encoding) => {
  test('12, 14, 15: any bytes come back, cut anywhere', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 9000, size: 'max' }),
        fc.integer({ min: 1, max: 500 }),
        async (data, size) => {
          const encoded = await encode(encoding, data)
          expect((await decode(encoding, encoded, size)).equals(data)).toBe(true)
        },
      ),
      { numRuns: 30 },
    )
  })

  test('16: what went wrong in the middle is read out of the data', async () => {
    const bytes = Buffer.concat([
      encoding === 'frames' ? Buffer.alloc(0) : await encode(encoding, sample(5000)),
      encoding === 'frames' ? Buffer.alloc(4) : Buffer.alloc(0),
      Buffer.from(failedBlock('no such file(s) or director(ies): x')),
    ])
    for (const size of [1, 13, undefined])
      await expect(decode(encoding, bytes, size)).rejects.toMatchObject({
        code: 'mysql/agent-refused',
        detail: 'no such file(s) or director(ies): x',
      })
  })
})

describe('uuencode', () => {
  test('12: the examples that were observed', async () => {
    expect((await encode('uuencode', Buffer.from('A'))).toString('hex')).toBe('00000006213030' + '60600a')
    expect((await encode('uuencode', Buffer.from('ABC'))).toString('hex')).toBe('00000006' + '23303429230a')
    expect(uuencodedBytes(10_240)).toBe(14_112)
  })

  test.each([1, 2, 3, 44, 45, 46, 90, 10_240])('12: %i bytes, with back-ticks and with spaces', async (length) => {
    const data = Buffer.concat([Buffer.alloc(length >> 1), sample(length - (length >> 1))])
    const encoded = await encode('uuencode', data, 10_240)
    expect(encoded.length).toBe(4 + uuencodedBytes(length))
    expect((await decode('uuencode', encoded)).equals(data)).toBe(true)
    const spaces = encoded.map((byte, at) => (at >= 4 && byte === 0x60 ? 0x20 : byte))
    expect((await decode('uuencode', spaces)).equals(data)).toBe(true)
    if (length >= 45) expect(encoded.toString('latin1', 4, 5)).toBe('M')
  })

  test.each([
    [2071, false],
    [1000, false],
    [1024, false],
    [46, false],
    [2072, true],
    [45, true],
    [4096, true],
    [10_240, true],
  ])('13: a block of %i bytes is within the limit of the original client: %s', (bytes, fits) => {
    expect(uuencodedBytes(bytes) <= frameBytesLimit(bytes)).toBe(fits)
  })

  test('13: every block from 2072 bytes on is', () => {
    for (let bytes = 2072; bytes < 20_000; bytes++)
      expect(uuencodedBytes(bytes)).toBeLessThanOrEqual(frameBytesLimit(bytes))
  })

  test.each(['320a7374', '320a6d73'])('16: the words 0x%s where a length should be', async (head) => {
    const block = head.endsWith('7374') ? '2\nstatus=FAILED\nmsg=gone\n\n' : '2\nmsg=gone\nstatus=FAILED\n\n'
    expect(Buffer.from(block).toString('hex', 0, 4)).toBe(head)
    await expect(decode('uuencode', Buffer.from(block), 3)).rejects.toMatchObject({ detail: 'gone' })
  })

  test('16: a length that is too long, and no words, is a corrupt stream', async () => {
    await expect(decode('uuencode', Buffer.from('7fffffff4d4d', 'hex'))).rejects.toThrow('corrupt')
    await expect(decode('uuencode', Buffer.from('2\nstatus=OK\nmsg=x\n\n'))).rejects.toThrow('corrupt')
    await expect(decode('uuencode', Buffer.from('00000000', 'hex'))).rejects.toThrow('empty')
    await expect(decode('uuencode', Buffer.from('00000006233034292aff', 'hex'))).rejects.toThrow('length is wrong')
    await expect(decode('uuencode', Buffer.from('00000006' + '2330347f230a', 'hex'))).rejects.toThrow('no character')
  })
})

test('13: our minimum is 4096', () => {
  expect(uuencodedBytes(4096)).toBeLessThan(frameBytesLimit(4096))
})

test('15: octet-stream is the bytes themselves, and a block inside of them is data', async () => {
  const data = Buffer.concat([sample(70_000), Buffer.from(failedBlock('said in the middle')), sample(70_000)])
  expect((await encode('octets', data)).equals(data)).toBe(true)
  expect((await decode('octets', data, 4096)).equals(data)).toBe(true)
})

describe('base64', () => {
  test('14: lines of 76 characters; a block holds whole lines', async () => {
    const lines = (await encode('base64', sample(30_000), 10_240)).toString().split('\n')
    expect(lines.pop()).toBe('')
    expect(new Set(lines.slice(0, -1).map((line) => line.length))).toEqual(new Set([76]))
  })

  test.each(['ab!d\nAAAA\n', 'AAAA', 'QQ==\nAAAA\n', 'AAA\n', 'A===\n'])('14: %j is no base64', async (text) => {
    await expect(decode('base64', Buffer.from(text))).rejects.toThrow(/xtrabackup-agent/)
  })
})

describe('frames', () => {
  test('24: the trailer holds count, digest and what the agent knows', async () => {
    const data = sample(100_000)
    let found: KvBlock = new Map()
    await decode('frames', await encode('frames', data), 777, (trailer) => {
      found = trailer
    })
    expect(Object.fromEntries(found)).toEqual({
      status: 'DONE',
      bytes: '100000',
      sha256: createHash('sha256').update(data).digest('hex'),
      'to-lsn': '7',
    })
  })

  test('24: no flipped bit in the data or the digest goes unseen', async () => {
    const encoded = await encode('frames', sample(300))
    for (let bit = 0; bit < encoded.length * 8; bit += 5) {
      const bytes = Buffer.from(encoded)
      bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      const outcome = await decode('frames', bytes).catch(() => undefined)
      if (outcome !== undefined) expect(outcome.equals(sample(300))).toBe(true)
    }
  })

  test('24: cut anywhere it is an error', async () => {
    const encoded = await encode('frames', sample(300))
    for (let at = 0; at < encoded.length; at++)
      await expect(decode('frames', encoded.subarray(0, at))).rejects.toThrow()
  })

  test('24: a source that fails is told in the trailer, and thrown at the sender', async () => {
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield sample(10)
      throw new Error('the tool died')
    }
    const sent: Uint8Array[] = []
    const sending = (async () => {
      for await (const part of encodeFrames(
        failing(),
        async () => ({}),
        (error) => (error as Error).message,
      ))
        sent.push(part)
    })()
    await expect(sending).rejects.toThrow('the tool died')
    await expect(decode('frames', Buffer.concat(sent))).rejects.toMatchObject({ detail: 'the tool died' })
  })

  test('a frame of more than 16 MiB is refused', async () => {
    await expect(decode('frames', Buffer.from('01000001', 'hex'))).rejects.toThrow('too many')
  })
})

test('what is asked for by name', () => {
  expect(parseStreamEncoding(undefined)).toBe('uuencode')
  expect(parseStreamEncoding('application/x-foo')).toBeUndefined()
  expect(parseStreamEncoding('application/octet-stream')).toBe('octets')
})

describe('compression', () => {
  test.each([
    ['gzip', 'gzip'],
    ['gzip -c', 'gzip'],
    ['/usr/bin/gzip -c', 'gzip'],
    ['zstd', 'zstd'],
    ['none', 'none'],
    [undefined, 'none'],
    ['gzip -c; rm -rf /', undefined],
    ['gzip -c > x', undefined],
    ['$(id) gzip', undefined],
    ['/bin/sh', undefined],
    ['../gzip', undefined],
  ])('21: %j means %j', (text, meaning) => {
    expect(parseInlineCompress(text)).toBe(meaning)
  })

  test.each(['gzip', 'zstd', 'none'] as const)(
    '%s comes back, and what is cut or damaged is an error',
    async (compression) => {
      const data = sample(200_000)
      const packed = await collect(compressStream(pieces(data, 5000), compression))
      expect((await collect(decompressStream(pieces(packed, 999), compression))).equals(data)).toBe(true)
      const broken = { code: 'mysql/incomplete' }
      if (compression === 'none') return
      await expect(collect(decompressStream(pieces(Buffer.from('no archive')), compression))).rejects.toMatchObject(
        broken,
      )
      if (compression === 'zstd') return
      await expect(collect(decompressStream(pieces(packed.subarray(0, -9)), compression))).rejects.toMatchObject(broken)
    },
  )
})
