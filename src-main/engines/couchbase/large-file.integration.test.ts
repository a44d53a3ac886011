import { open } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import { NodeLink } from './client/node-link.ts'
import { readFragment } from './client/snapshot-requests.ts'
import { createCouchbaseServer } from './server/create-couchbase-server.ts'
import { administrator, credentials, host, makeCouchFiles, never, openTestBucket } from './testing/cluster.fixture.ts'
import { temporaryFolder } from './testing/temporary-folder.fixture.ts'

const folder = temporaryFolder()
const GIB = 2n ** 30n

test('17, 22: parts beyond 4 GiB of a sparse file are exact, and half a GiB passes without being kept', async () => {
  await makeCouchFiles(folder(), [0], 100)
  const handle = await open(path.join(folder(), '0.couch.1'), 'r+')
  await handle.truncate(Number(6n * GIB))
  await handle.write(Buffer.from('far away'), 0, 8, Number(5n * GIB + 3n))
  await handle.close()
  const bucket = await openTestBucket(folder(), 1)
  const server = createCouchbaseServer({ buckets: [bucket], users: [administrator] })
  const { port } = await server.listen({ host, port: 0 })
  const node = new NodeLink({ host, port }, { bucket: 'default', credentials })
  try {
    const { manifest } = await node.prepare(0, never)
    const [file] = manifest.files
    if (!file) throw new Error('no file')
    expect(file.sizeBytes).toBe(6n * GIB)
    const read = async (from: bigint, to: bigint, checksumLength = 0) => {
      const head: Buffer[] = []
      let offset = from
      while (offset < to) {
        const question = { uuid: manifest.uuid, file: { ...file, sizeBytes: to }, offset, checksumLength }
        for await (const piece of node.withData((link) => readFragment(link, question, never), never)) {
          if (head.length === 0) head.push(Buffer.from(piece.subarray(0, 20)))
          offset += BigInt(piece.length)
        }
      }
      return head[0]?.toString()
    }
    expect(await read(5n * GIB + 3n, 5n * GIB + 11n)).toBe('far away')
    expect(await read(5n * GIB + 3n, 5n * GIB + 11n, 4)).toBe('far ')
    const before = process.memoryUsage().rss
    await read(0n, GIB / 2n)
    expect(process.memoryUsage().rss - before).toBeLessThan(100 << 20)
  } finally {
    node.close()
    await server.close()
    await bucket.close()
  }
})
