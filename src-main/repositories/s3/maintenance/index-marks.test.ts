import { expect, test } from 'vitest'
import type { Digest } from '../../../../src-shared/model/digest.ts'
import { plainDigest } from '../../../storage/crypt-config.ts'
import { DynamicIndexBuilder } from '../../../storage/dynamic-index.ts'
import type { StoredObject } from '../bucket.ts'
import { IndexMarks } from './index-marks.ts'

const { signal } = new AbortController()
const onProgress = () => undefined
const digests = Array.from({ length: 8 }, (_, i) => plainDigest(Buffer.from(`${i}`)))

/** Objects that count how often they are read. */
class Shelf {
  readonly objects = new Map<string, Buffer>()
  readonly read: string[] = []

  put(name: string, content: readonly Digest[], modifiedAt = 0): StoredObject {
    const index = new DynamicIndexBuilder()
    for (const digest of content) index.add(digest, 1000)
    const bytes = Buffer.from(index.bytes({ createdAt: 1n }))
    this.objects.set(name, bytes)
    return { name, sizeBytes: bytes.length, modifiedAt }
  }

  readonly get = async (name: string) => {
    this.read.push(name)
    const bytes = this.objects.get(name)
    return bytes && { bytes, etag: '' }
  }
}

test('every digest of every index is marked, and no other; one that vanished marks nothing', async () => {
  const shelf = new Shelf()
  const indexes = [shelf.put('a.didx', digests.slice(0, 3)), shelf.put('b.didx', digests.slice(2, 5))]
  const marks = new IndexMarks()
  const gone = { name: 'gone.didx', sizeBytes: 1, modifiedAt: 0 }
  await marks.add(shelf, [...indexes, gone], { since: 1, onProgress }, signal)
  expect(digests.map((digest) => marks.has(digest))).toEqual([true, true, true, true, true, false, false, false])
})

test('an index is read once, unless it was stored since the beginning: it may be another by now', async () => {
  const shelf = new Shelf()
  const marks = new IndexMarks()
  const indexes = [shelf.put('old.didx', digests.slice(0, 1), 99), shelf.put('new.didx', digests.slice(1, 2), 100)]
  await marks.add(shelf, indexes, { since: 100, onProgress }, signal)
  shelf.read.length = 0
  const again = [shelf.put('old.didx', digests.slice(2, 3), 99), shelf.put('new.didx', digests.slice(3, 4), 100)]
  await marks.add(shelf, again, { since: 100, onProgress }, signal)
  expect(shelf.read).toEqual(['new.didx'])
  expect(marks.has(digests[3] ?? ('' as Digest))).toBe(true)
})

test('more digests than can be held end it: the set would forget some in silence', async () => {
  const shelf = new Shelf()
  const marks = new IndexMarks(4)
  const five = marks.add(shelf, [shelf.put('a.didx', digests.slice(0, 5))], { since: 1, onProgress }, signal)
  await expect(five).rejects.toMatchObject({ code: 'repository/unsupported' })
  const three = new IndexMarks(4)
  await three.add(shelf, [shelf.put('b.didx', digests.slice(0, 3))], { since: 1, onProgress }, signal)
  expect(three.has(digests[2] ?? ('' as Digest))).toBe(true)
})
