import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BodyBuffer } from './body-buffer.ts'

test('pieces of any size become one body, whatever was expected', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 200 })), fc.nat(500), (pieces, expectedBytes) => {
      const body = new BodyBuffer(expectedBytes)
      for (const piece of pieces) {
        const lent = piece.slice()
        body.append(lent)
        lent.fill(0xee) // it was copied
      }
      expect(body.length).toBe(pieces.reduce((sum, { length }) => sum + length, 0))
      expect(Buffer.from(body.take())).toEqual(Buffer.concat(pieces))
    }),
  )
})

test('a body that is as long as expected fills its buffer, so that it can move', () => {
  const body = new BodyBuffer(300)
  for (let at = 0; at < 300; at += 100) body.append(new Uint8Array(100).fill(at))
  expect(body.take().buffer.byteLength).toBe(300)
})
