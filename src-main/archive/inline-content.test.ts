import { expect, test } from 'vitest'
import { ByteWindow } from './byte-window.ts'
import { InlineContent } from './inline-content.ts'

const options = { signal: new AbortController().signal, format: 'test' }

async function* stream(pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* pieces
}

test('what is read ends where the content does, whatever the pieces', async () => {
  const bytes = Uint8Array.from({ length: 20 }, (_, i) => i)
  for (let size = 1; size <= 20; size++) {
    const pieces = Array.from({ length: Math.ceil(20 / size) }, (_, i) => bytes.subarray(i * size, (i + 1) * size))
    const input = new ByteWindow(stream(pieces), options)
    await input.skip(3, 'x')
    const content = new InlineContent(input, 15)
    const into = new Uint8Array(4)
    const seen: number[] = []
    for (let count = await content.read(into); count > 0; count = await content.read(into)) {
      seen.push(...into.subarray(0, count))
    }
    expect(seen).toEqual([...bytes.subarray(3, 18)])
    expect([content.leftBytes, input.position]).toEqual([0, 18])
  }
})

test('what was not read is skipped', async () => {
  const input = new ByteWindow(stream([new Uint8Array(8), new Uint8Array(8)]), options)
  await input.skip(1, 'x')
  const content = new InlineContent(input, 10)
  expect(await content.read(new Uint8Array(2))).toBe(2)
  await content.skip()
  expect([content.leftBytes, input.position]).toEqual([0, 11])
})

test('an archive that ends in a content says how much is missing', async () => {
  const content = new InlineContent(new ByteWindow(stream([new Uint8Array(5)]), options), 9)
  expect(await content.read(new Uint8Array(9))).toBe(5)
  await expect(content.read(new Uint8Array(9))).rejects.toThrow(
    'test: PAYLOAD at offset 5: the archive ends 4 bytes too early',
  )
})
