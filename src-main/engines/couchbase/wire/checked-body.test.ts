import { crc32c } from '@node-rs/crc32'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { example } from '../testing/example-packets.fixture.ts'
import { bodyBytesForFile, CheckedBody, checksumBytes, fileBytesInBody } from './checked-body.ts'

function takeAll(body: Uint8Array, piece: number, cut: number): Buffer {
  const checked = new CheckedBody(body.length, piece)
  const out: Uint8Array[] = []
  for (let at = 0; at < body.length; at += cut) {
    for (const data of checked.take(body.subarray(at, at + cut))) out.push(Buffer.from(data))
  }
  return Buffer.concat(out)
}

function withSums(file: Uint8Array, piece: number): Buffer {
  const parts: Uint8Array[] = []
  for (let at = 0; at < file.length; at += piece) {
    const data = file.subarray(at, at + piece)
    parts.push(data, checksumBytes(crc32c(data)))
  }
  return Buffer.concat(parts)
}

test('20: the sum is CRC-32C', () => {
  expect(Buffer.from(checksumBytes(crc32c('123456789'))).toString('hex')).toBe('e3069283')
})

test('20: the example gives its file however TCP cuts it, down to single bytes', () => {
  const body = example('fragmentCheckedResponse').subarray(24)
  for (let cut = 1; cut <= body.length; cut++) expect(takeAll(body, 8, cut).toString()).toBe('hello world\n')
})

test('20: one flipped bit anywhere in the example is found', () => {
  const body = example('fragmentCheckedResponse').subarray(24)
  for (let bit = 0; bit < body.length * 8; bit++) {
    const bad = Buffer.from(body)
    bad[bit >> 3] = (bad[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    expect(() => takeAll(bad, 8, 3), `bit ${bit}`).toThrow('CRC32C')
  }
})

test('20: lengths of body and file follow from each other, and impossible ones are seen', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.integer({ min: 1, max: 70 }), (file, piece) => {
      const body = withSums(file, piece)
      expect(bodyBytesForFile(file.length, piece)).toBe(body.length)
      expect(fileBytesInBody(body.length, piece)).toBe(file.length)
      expect(takeAll(body, piece, 11)).toEqual(Buffer.from(file))
    }),
  )
  for (const rest of [1, 2, 3, 4]) expect(fileBytesInBody(24 + rest, 8)).toBeUndefined()
})
