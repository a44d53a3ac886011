import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ProtocolError } from '../../src-shared/errors.ts'
import { ByteWindow } from './byte-window.ts'

const options = { signal: new AbortController().signal, format: 'test' }

async function* stream(pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* pieces
}

/** Each is overwritten when the next one is asked for. */
async function* fleeting(pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  for (const piece of pieces) {
    const copy = piece.slice()
    yield copy
    copy.fill(0xff)
  }
}

test('bytes come in order through fills and skips, whatever the pieces', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.uint8Array({ maxLength: 20 })),
      fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 1, max: 15 }))),
      fc.boolean(),
      async (pieces, steps, isCopied) => {
        const whole = Buffer.concat(pieces)
        const window = new ByteWindow(fleeting(pieces), { ...options, isCopied })
        for (const [isSkip, count] of steps) {
          if (window.position + count > whole.length) break
          const at = window.position
          if (isSkip) await window.skip(count, 'skipped')
          else {
            await window.fill(count, 'filled')
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
  const window = new ByteWindow(stream([piece]), options)
  await window.fill(10, 'x')
  expect(window.bytes).toBe(piece)
})

test('the end is told apart from being cut off', async () => {
  const window = new ByteWindow(stream([new Uint8Array(3)]), options)
  expect(await window.fillOrEnd(3, 'header')).toBe(true)
  await expect(window.fillOrEnd(4, 'header')).rejects.toThrow('the archive ends after 3 of 4 bytes')
  const other = new ByteWindow(stream([new Uint8Array(3)]), options)
  await other.skip(3, 'x')
  expect(await other.fillOrEnd(1, 'header')).toBe(false)
  await expect(other.fill(2, 'header')).rejects.toThrow('test: header at offset 3: the archive ends after 0 of 2 bytes')
  await expect(other.skip(2, 'payload')).rejects.toThrow(ProtocolError)
})

test('an end too early names format, field and place', async () => {
  const window = new ByteWindow(stream([new Uint8Array(5)]), options)
  window.at = 0
  await window.skip(3, 'x')
  await expect(window.fill(3, 'length')).rejects.toThrow(
    'test: length at offset 3: the archive ends after 2 of 3 bytes',
  )
  const other = new ByteWindow(stream([new Uint8Array(5)]), options)
  await expect(other.skip(7, 'payload')).rejects.toThrow(
    'test: payload at offset 5: the archive ends 2 bytes too early',
  )
})

test('a stream that failed has not ended: who asks again hears of it again', async () => {
  async function* failing(): AsyncGenerator<Uint8Array> {
    yield new Uint8Array(3)
    throw new Error('the disk is gone')
  }
  const window = new ByteWindow(failing(), options)
  for (let time = 0; time < 2; time++) await expect(window.fill(4, 'field')).rejects.toThrow('the disk is gone')
  await expect(window.skip(4, 'field')).rejects.toThrow('the disk is gone')
})
