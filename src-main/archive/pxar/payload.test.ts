import { expect, test } from 'vitest'
import { ProtocolError } from '../../../src-shared/errors.ts'
import { MemoryAccess } from '../memory-access.fixture.ts'
import { readForward } from '../read-forward.ts'
import { Section } from '../section.ts'
import { bytesOf, goldenPayload } from './golden.fixture.ts'
import { openPayload } from './payload.ts'
import { readAll } from './trees.fixture.ts'

const { signal } = new AbortController()
const payload = new MemoryAccess(goldenPayload)

test('a reference leads to its content, from any place of it', async () => {
  const content = await openPayload(payload, { offset: 16n, sizeBytes: 5n }, signal)
  expect(content.sizeBytes).toBe(5n)
  expect(Buffer.from(await content.read(1n, 3, signal)).toString()).toBe('ell')
  expect(Buffer.from(await content.read(3n, 100, signal)).toString()).toBe('lo')
  expect((await content.read(5n, 100, signal)).length).toBe(0)
  expect(await readAll(readForward(content, signal), 2)).toEqual(Buffer.from('hello'))
  expect((await openPayload(payload, { offset: 0x25n, sizeBytes: 0n }, signal)).sizeBytes).toBe(0n)
})

test.each<[string, bigint, bigint]>([
  ['into the marker at the beginning', 0n, 5n],
  ['to the marker at the end', 0x35n, 0n],
  ['to another length', 16n, 4n],
  ['to no header', 17n, 5n],
  ['to behind the end', 1n << 62n, 5n],
  ['to more than there is', 16n, 1n << 63n],
])('a reference that leads %s is refused', async (_, offset, sizeBytes) => {
  await expect(openPayload(payload, { offset, sizeBytes }, signal)).rejects.toThrow(ProtocolError)
})

test('a section does not show what is around it', async () => {
  const section = new Section(new MemoryAccess(bytesOf('0123456789')), 2n, 3n)
  expect(Buffer.from(await section.read(0n, 10, signal)).toString()).toBe('234')
  await expect(section.read(4n, 1, signal)).rejects.toThrow(RangeError)
  expect(() => new Section(section, 1n, 3n)).toThrow(RangeError)
})
