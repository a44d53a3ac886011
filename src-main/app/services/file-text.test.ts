import { describe, expect, it } from 'vitest'
import { decodeText, takeBytes } from './file-text.ts'

describe('text', () => {
  it.each<[string, Buffer, boolean, object]>([
    ['UTF-8', Buffer.from('Größe 漢字\n'), false, { kind: 'text', text: 'Größe 漢字\n', truncated: false }],
    [
      'UTF-8 cut in a character',
      Buffer.from('Größe').subarray(0, 3),
      true,
      { kind: 'text', text: 'Gr', truncated: true },
    ],
    ['Latin-1', Buffer.from('Größe', 'latin1'), false, { kind: 'text', text: 'Größe', truncated: false }],
    ['UTF-16', Buffer.from('\ufeffhi', 'utf16le'), false, { kind: 'text', text: 'hi', truncated: false }],
    ['nothing', Buffer.alloc(0), false, { kind: 'text', text: '', truncated: false }],
    ['bytes', Buffer.from([0, 1, 2]), false, { kind: 'binary', hex: '000102', truncated: false }],
    ['control characters', Buffer.from([0xff, 0x01]), false, { kind: 'binary', hex: 'ff01', truncated: false }],
  ])('%s', (_name, bytes, isCut, expected) => {
    expect(decodeText(bytes, isCut)).toEqual(expected)
  })

  it('shows no endless hex', () => {
    const view = decodeText(Buffer.alloc(100_000), false)
    expect(view).toMatchObject({ kind: 'binary', truncated: true })
    expect(view.kind === 'binary' && view.hex.length).toBe(32_768)
  })
})

it('no more is read than is wanted', async () => {
  let parts = 0
  async function* endless(): AsyncGenerator<Uint8Array> {
    while (true) {
      parts += 1
      yield Buffer.alloc(10)
    }
  }
  expect(await takeBytes(endless(), 25)).toMatchObject({ isCut: true, bytes: { length: 25 } })
  expect(parts).toBe(3)
})
