import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import { saveBucket } from './client/save-bucket.ts'
import { openStoredBucket } from './server/stored-bucket.ts'
import { never, TestCluster, vbucketContent } from './testing/cluster.fixture.ts'
import { temporaryFolder } from './testing/temporary-folder.fixture.ts'

const folder = temporaryFolder()

/** 5 GiB in all with HOLDFAST_COUCHBASE_VBUCKET_BYTES=5242880. */
const VBUCKET_BYTES = Number(process.env.HOLDFAST_COUCHBASE_VBUCKET_BYTES ?? 20_000)

test('11, 30: 1,024 vbuckets over three nodes, one of which goes and comes back in the middle, are whole', async () => {
  const cluster = await TestCluster.open(folder(), { vbucketCount: 1024, fileBytes: VBUCKET_BYTES, nodes: 3 })
  const target = path.join(folder(), 'backup')
  const seen = new Set<number>()
  let outage: Promise<void> | undefined
  try {
    const report = await saveBucket(
      {
        ...cluster.client,
        folder: target,
        onProgress({ vbid }) {
          seen.add(vbid)
          if (seen.size < 300 || outage) return
          outage = cluster.cut(1).then(() => cluster.back(1))
        },
      },
      never,
    )
    await outage
    expect(outage).toBeDefined()
    expect(report).toMatchObject({ isComplete: true, vbucketCount: 1024, bucket: 'default' })
    expect(report.vbuckets.filter(({ outcome }) => outcome !== 'stored')).toEqual([])
    for (const { bucket } of cluster.nodes) expect(bucket.snapshots()).toEqual([])
  } finally {
    await cluster.close()
  }
  const stored = await openStoredBucket({ name: 'default', folder: target, signal: never })
  for (let vbid = 0; vbid < 1024; vbid++) {
    expect(
      (await readFile(path.join(target, `${vbid}`, `${vbid}.couch.1`))).equals(vbucketContent(vbid, VBUCKET_BYTES)),
    ).toBe(true)
    expect(stored.owns(vbid)).toBe(true)
  }
}, 1_200_000)
