import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { storeInGzip } from './stored-gzip.ts'

async function* each(pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* pieces
}

const stored = async (pieces: readonly Uint8Array[]) => Buffer.concat(await Array.fromAsync(storeInGzip(each(pieces))))

test('zlib reads what was stored, whatever the pieces', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 20 }), async (pieces) => {
      expect(gunzipSync(await stored(pieces)).equals(Buffer.concat(pieces))).toBe(true)
    }),
  )
})

test.each([65_535, 65_536, 200_000])('a piece of %i bytes is as many blocks as it needs', async (length) => {
  const piece = Buffer.alloc(length, 'stored')
  expect(gunzipSync(await stored([piece])).equals(piece)).toBe(true)
})

test('what comes behind a piece that changed is the same bytes as before', async () => {
  const [kept, changed] = [Buffer.alloc(10_000, 'kept'), Buffer.alloc(500, 'changed')]
  const [before, after] = [await stored([Buffer.from('short'), kept]), await stored([changed, kept])]
  const tail = (file: Buffer) => file.subarray(file.indexOf(kept) - 5, -8)
  expect(tail(before).length).toBe(5 + kept.length + 5)
  expect(tail(before).equals(tail(after))).toBe(true)
})

test('a flipped bit of the contents or their checksum is noticed', async () => {
  const contents = Buffer.from('some contents')
  const file = await stored([contents])
  const begin = file.indexOf(contents)
  for (let at = begin; at < file.length; at++) {
    if (at === begin + contents.length) at += 5 // padding of the last block is nobody's
    const broken = Buffer.from(file)
    broken.writeUInt8(broken.readUInt8(at) ^ 0x10, at)
    expect(() => gunzipSync(broken), `byte ${at}`).toThrow()
  }
})
