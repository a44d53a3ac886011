import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { HoldfastError, ProtocolError } from '../../../../src-shared/errors.ts'
import { collect, filesOf, membersOf, pieces } from '../testing/bytes.fixture.ts'
import {
  basicFiles,
  basicVector,
  constructedVectors,
  realChunks,
  realVector,
} from '../testing/xbstream-vectors.fixture.ts'
import { chunkTypes, ignorableFlag } from './chunk-format.ts'
import { readXbstream, type XbDialect } from './xbstream-reader.ts'
import { chunkHead, payloadHead, writeXbstream } from './xbstream-writer.ts'

const signal = new AbortController().signal

function unpack(bytes: Uint8Array, size?: number, dialect?: XbDialect): Promise<Map<string, Buffer>> {
  return filesOf(readXbstream(pieces(bytes, size), { signal, ...(dialect && { dialect }) }))
}

const payload = (path: string, text: string, offset = 0n): Buffer =>
  Buffer.concat([payloadHead(path, offset, Buffer.from(text)), Buffer.from(text)])
const end = (path: string): Buffer => chunkHead(chunkTypes.end, path, 0)

const asText = (files: Map<string, Buffer>): Record<string, string> =>
  Object.fromEntries(Array.from(files, ([path, content]) => [path, content.toString('latin1')]))

describe('xbstream vectors', () => {
  /** mbstream takes a file without its end for whole: we do not (spec §14.3). */
  const strict = new Set(['no-eof-chunk.xbs'])
  const row = (file: string): string =>
    file.startsWith('mariadb-') ? '33' : file.startsWith('percona-') ? '34' : /path/.test(file) ? '36' : '32, 35'

  test.each(constructedVectors.map((vector) => ({ ...vector, row: row(vector.file) })))(
    '$row: $file',
    async ({ file, bytes, expect: outcome, expectFiles }) => {
      if (outcome === 'error' || strict.has(file)) {
        await expect(unpack(bytes)).rejects.toThrow(/xbstream|outside/)
        return
      }
      for (const size of [1, 7, undefined]) expect(asText(await unpack(bytes, size))).toEqual(expectFiles)
    },
  )

  test('32: what mbstream wrote', async () => {
    expect(await unpack(basicVector)).toEqual(new Map(basicFiles.map(([path, bytes]) => [path, Buffer.from(bytes)])))
  })

  test('32: a real incremental of MariaDB has the chunks that it has', async () => {
    const closed = []
    for await (const event of readXbstream(pieces(realVector, 4096), { signal }))
      if (event.kind === 'close') closed.push([event.path, Number(event.sizeBytes)])
    const sizes = new Map<string, number>()
    for (const { path, length = 0 } of realChunks) sizes.set(path, (sizes.get(path) ?? 0) + length)
    expect(Object.fromEntries(closed)).toEqual(Object.fromEntries(sizes))
  })

  test('39: byte by byte it is the same', async () => {
    expect(await unpack(realVector, 1)).toEqual(await unpack(realVector))
  })

  test('35: cut anywhere it is an error, except between two files', async () => {
    const whole = new Set([0])
    for (let at = 0, files = 0; at <= basicVector.length; at++) {
      const outcome = await unpack(basicVector.subarray(0, at)).then(
        (found) => found.size,
        () => 'error',
      )
      if (outcome === 'error') continue
      expect(outcome).toBeGreaterThanOrEqual(files)
      files = Number(outcome)
      whole.add(at)
    }
    expect(whole.size).toBe(basicFiles.length + 1)
  })

  test('35: no flipped bit goes unseen', async () => {
    const names = basicFiles.map(([path]) => path).join()
    const seen: number[] = []
    for (let bit = 0; bit < basicVector.length * 8; bit += 3) {
      const bytes = Buffer.from(basicVector)
      bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      const found = await unpack(bytes).catch(() => undefined)
      // Bits of the flags, and those that make one good name another, mean something else; contents never change.
      if (found === undefined || [...found.keys()].join() !== names) continue
      if (found.get('dir/bytes.bin')?.length !== 256) seen.push(bit)
      for (const [path, content] of basicFiles) if (!found.get(path)?.equals(content)) seen.push(bit)
    }
    expect(seen).toEqual([])
  })
})

describe('chunks that mean something else', () => {
  test('34: the dialect can be told', async () => {
    const sparse = constructedVectors.find(({ file }) => file === 'percona-sparse.xbs')!.bytes
    const seek = constructedVectors.find(({ file }) => file === 'mariadb-seek.xbs')!.bytes
    expect((await unpack(sparse, 3, 'percona')).size).toBe(1)
    expect((await unpack(seek, 3, 'mariadb')).size).toBe(1)
    await expect(unpack(sparse, 3, 'mariadb')).rejects.toThrow('magic')
    await expect(unpack(seek, 3, 'percona')).rejects.toThrow('too long')
  })

  test('33: a chunk that may be ignored is passed over, another unknown one is not', async () => {
    const odd = (flags: number): Buffer => {
      const head = chunkHead(0x5a, 'odd', 20, flags)
      head.writeBigUInt64LE(3n, head.length - 20)
      return Buffer.concat([payload('a', 'one'), head, Buffer.from('abc'), end('a')])
    }
    expect(asText(await unpack(odd(ignorableFlag), 1))).toEqual({ a: 'one' })
    await expect(unpack(odd(0))).rejects.toThrow('0x5a is unknown')
  })

  test('33: rename and remove of what is not there are passed over, of what is open refused', async () => {
    const rename = chunkHead(chunkTypes.rename, 'a', 5)
    rename.writeUInt32LE(1, rename.length - 5)
    rename.write('b', rename.length - 1)
    const remove = chunkHead(chunkTypes.remove, 'a', 0)
    expect((await unpack(Buffer.concat([rename, remove]))).size).toBe(0)
    await expect(unpack(Buffer.concat([payload('a', 'x'), rename]))).rejects.toThrow('still being written')
    await expect(unpack(Buffer.concat([payload('a', 'x'), remove]))).rejects.toThrow('still being written')
  })

  test('35: a file that is there already is an error unless it is said to be replaced', async () => {
    const twice = Buffer.concat([payload('a', 'x'), end('a'), payload('a', 'y'), end('a')])
    await expect(unpack(twice)).rejects.toThrow('there already')
  })

  test('35: lengths from outside are refused before anything is allocated', async () => {
    const huge = payload('a', 'x')
    huge.writeBigUInt64LE(1n << 31n, 15)
    await expect(unpack(huge)).rejects.toThrow('too long')
    const path = chunkHead(chunkTypes.end, 'a', 0)
    path.writeUInt32LE(512, 10)
    await expect(unpack(path)).rejects.toThrow('path length')
    const far = chunkHead(chunkTypes.seekOrSparse, 'a', 8)
    far.writeBigUInt64LE(1n << 60n, far.length - 8)
    await expect(unpack(Buffer.concat([far, end('a')]))).rejects.toThrow('too far')
    const map = chunkHead(chunkTypes.seekOrSparse, 'a', 24)
    map.writeUInt32LE(0xffffffff, map.length - 24)
    await expect(unpack(map)).rejects.toThrow('sparse rows')
  })

  test.each(['/etc/passwd', '../a', 'a/../b', './a', 'a//b', 'a/', 'C:a', 'a\\b', 'a\u0000b', 'a\nb'])(
    '36: the path %j is refused',
    async (path) => {
      await expect(unpack(end(path))).rejects.toMatchObject({ code: 'archive/unsafe-path' })
    },
  )
})

const contents = fc.uniqueArray(fc.tuple(fc.stringMatching(/^[a-z]{1,8}(\/[a-z_ ]{1,5}x){0,3}$/), fc.uint8Array()), {
  selector: ([path]) => path,
})

test('32, 37: what our writer wrote, our reader reads, in pieces of any size', async () => {
  await fc.assert(
    fc.asyncProperty(contents, fc.integer({ min: 1, max: 40 }), async (files, size) => {
      const stream = await collect(writeXbstream(membersOf(files)))
      const expected = new Map(files.map(([path, bytes]) => [path, Buffer.from(bytes)]))
      expect(await unpack(stream, size)).toEqual(expected)
    }),
  )
})

test('35: any bytes are a stream, or an error that says where', async () => {
  const piece = fc.constantFrom(
    payload('a', 'x'),
    end('a'),
    payload('b', 'yy'),
    chunkHead(chunkTypes.seekOrSparse, 'a', 8),
  )
  const damaged = fc.array(fc.oneof(piece, fc.uint8Array({ maxLength: 30 })), { maxLength: 6 })
  await fc.assert(
    fc.asyncProperty(damaged, async (parts) => {
      const outcome = await unpack(Buffer.concat(parts)).catch((error: unknown) => error)
      expect(outcome instanceof Map || outcome instanceof ProtocolError || outcome instanceof HoldfastError).toBe(true)
    }),
  )
})

test('37: our writer gives the bytes that mbstream gives', async () => {
  expect((await collect(writeXbstream(membersOf(basicFiles)))).equals(basicVector)).toBe(true)
})

test('38: a member is written in pieces of 10 MiB', async () => {
  const size = 25 * 1024 * 1024
  const lengths: number[] = []
  const stream = writeXbstream(membersOf([['big', new Uint8Array(size)]]))
  for await (const part of stream) if (part.length > 100) lengths.push(part.length)
  expect(lengths).toEqual([10 * 1024 * 1024, 10 * 1024 * 1024, 5 * 1024 * 1024])
})

test('38: offsets beyond 4 GiB, in a file that is mostly a hole', async () => {
  const far = (1n << 32n) + 5n
  const seek = chunkHead(chunkTypes.seekOrSparse, 'a', 8)
  seek.writeBigUInt64LE(far, seek.length - 8)
  const stream = Buffer.concat([payload('a', 'x'), seek, payload('a', 'y', far), end('a')])
  const events = []
  for await (const event of readXbstream(pieces(stream, 5), { signal }))
    events.push(event.kind === 'data' ? event.offset : event.kind === 'close' ? event.sizeBytes : event.kind)
  expect(events).toEqual(['open', 0n, far, far + 1n])
})
