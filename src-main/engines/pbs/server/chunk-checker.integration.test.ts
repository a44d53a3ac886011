import { createHash, randomBytes } from 'node:crypto'
import { afterAll, describe, expect, test } from 'vitest'
import { digest } from '../../../../src-shared/model/digest.ts'
import { encodeBlob, inspectBlob } from '../../../storage/blob.ts'
import { CryptConfig } from '../../../storage/crypt-config.ts'
import { type ChunkChecker, inlineChecker } from './chunk-checker.ts'
import { WorkerChecker } from './worker-checker.ts'

const digestOf = (data: Uint8Array) => digest.parse(createHash('sha256').update(data).digest('hex'))

/** One suite for both, in the thread and on others. */
function describeChecker(name: string, checker: ChunkChecker): void {
  describe(name, () => {
    const data = randomBytes(100_000)
    const expected = { digest: digestOf(data), size: data.length }

    test('chunks come back as they were, however many at once', async () => {
      const all = Array.from({ length: 50 }, (_, number) => Buffer.alloc(1000 + number, number))
      const blobs = await Promise.all(
        all.map((each, number) =>
          checker.check(encodeBlob(each, { compress: number % 2 === 0 }), {
            digest: digestOf(each),
            size: each.length,
          }),
        ),
      )
      for (const [number, blob] of blobs.entries()) {
        expect(blob).toEqual(encodeBlob(all[number] ?? new Uint8Array(), { compress: number % 2 === 0 }))
      }
    })

    test('a wrong CRC is repaired, of plain and of encrypted chunks', async () => {
      for (const crypt of [undefined, new CryptConfig(new Uint8Array(32))]) {
        const blob = encodeBlob(data, { compress: false, crypt })
        blob.fill(0, 8, 12)
        inspectBlob(await checker.check(blob, expected))
      }
    })

    test('other content, another size and what is no blob are refused with a status', async () => {
      const blob = () => encodeBlob(data, { compress: false })
      const refuse = (bytes: Uint8Array<ArrayBuffer>, claim = expected) =>
        expect(checker.check(bytes, claim)).rejects.toMatchObject({ name: 'ApiError', status: 400 })
      await refuse(blob(), { ...expected, size: 5 })
      await refuse(blob(), { ...expected, digest: digestOf(Buffer.from('other')) })
      await refuse(new Uint8Array(100))
      await refuse(new Uint8Array(4))
      await refuse(encodeBlob(Buffer.alloc(17 << 20), { compress: true }), { ...expected, size: 17 << 20 })
    })
  })
}

describeChecker('in the thread', inlineChecker)
const pool = new WorkerChecker(2)
afterAll(() => pool.close())
describeChecker('on threads', pool)

test('a closed pool rejects what it owes and takes nothing more', async () => {
  const checker = new WorkerChecker(1)
  const claim = { digest: digestOf(Buffer.from('x')), size: 1 }
  const blob = () => encodeBlob(Buffer.from('x'), { compress: false })
  await checker.check(blob(), claim)
  // Work for more than the moment in which the thread still runs.
  const owed = Array.from({ length: 400 }, () => checker.check(blob(), claim))
  const large = Buffer.alloc(8 << 20)
  const last = checker.check(encodeBlob(large, { compress: false }), { digest: digestOf(large), size: large.length })
  const results = Promise.allSettled([...owed, last])
  await checker.close()
  expect((await results).at(-1)).toMatchObject({
    status: 'rejected',
    reason: { message: expect.stringMatching(/ended with/) },
  })
  await expect(checker.check(blob(), claim)).rejects.toThrow('closed')
})
