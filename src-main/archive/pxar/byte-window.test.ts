import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ProtocolError } from '../../../src-shared/errors.ts'
import { ByteWindow } from './byte-window.ts'

const { signal } = new AbortController()

async function* stream(pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* pieces
}

test('bytes come in order through fills and skips, whatever the pieces', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.uint8Array({ maxLength: 20 })),
      fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 1, max: 15 }))),
      async (pieces, steps) => {
        const whole = Buffer.concat(pieces)
        const window = new ByteWindow(stream(pieces), signal)
        for (const [isSkip, count] of steps) {
          if (window.position + count > whole.length) break
          const at = window.position
          if (isSkip) await window.skip(count, 'skipped')
          else {
            expect(await window.fill(count, 'filled')).toBe(true)
            const seen = window.bytes.subarray(window.at, window.at + count)
            expect(Buffer.compare(seen, whole.subarray(at, at + count))).toBe(0)
            expect(window.view.getUint8(window.at)).toBe(whole[at])
            window.at += count
          }
          expect(window.position).toBe(at + count)
        }
      },
    ),
  )
})

test('a whole piece is looked at in place', async () => {
  const piece = new Uint8Array(100)
  const window = new ByteWindow(stream([piece]), signal)
  await window.fill(10, 'x')
  expect(window.bytes).toBe(piece)
})

test('the end is told apart from being cut off', async () => {
  const window = new ByteWindow(stream([new Uint8Array(3), new Uint8Array(2)]), signal)
  await expect(window.fill(6, 'header')).rejects.toThrow('header at offset 0: the archive ends after 5 of 6 bytes')
  const other = new ByteWindow(stream([new Uint8Array(3)]), signal)
  await other.skip(3, 'x')
  expect(await other.fill(1, 'header')).toBe(false)
  await expect(other.skip(2, 'payload')).rejects.toThrow(ProtocolError)
})
