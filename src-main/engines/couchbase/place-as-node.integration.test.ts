import { mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import { saveBucket } from './client/save-bucket.ts'
import { placeAsNode } from './place-as-node.ts'
import { openServedFolder } from './server/open-served-folder.ts'
import { never, TestCluster, vbucketContent } from './testing/cluster.fixture.ts'
import { temporaryFolder } from './testing/temporary-folder.fixture.ts'

const folder = temporaryFolder()

test('31: a stored bucket with keys becomes the folder of a node, and both are served; damage is found', async () => {
  const cluster = await TestCluster.open(folder(), { vbucketCount: 4, fileBytes: 9000, nodes: 1 })
  const deks = path.join(folder(), 'node-0', 'deks')
  await mkdir(deks)
  await writeFile(path.join(deks, 'k.key.1'), 'sealed')
  const stored = path.join(folder(), 'backup')
  try {
    expect((await saveBucket({ ...cluster.client, folder: stored }, never)).isComplete).toBe(true)
  } finally {
    await cluster.close()
  }
  expect((await stat(path.join(stored, '2', 'deks', 'k.key.1'))).mode & 0o777).toBe(0o600)

  const target = path.join(folder(), 'restored')
  expect(await placeAsNode({ stored, target }, never)).toBe(4)
  expect((await readFile(path.join(target, '3.couch.1'))).equals(vbucketContent(3, 9000))).toBe(true)
  expect((await stat(path.join(target, 'deks', 'k.key.1'))).mode & 0o777).toBe(0o600)
  for (const at of [stored, target]) {
    const bucket = await openServedFolder({ name: 'default', folder: at }, never)
    const snapshot = await bucket.prepare(2, { isChecksummed: false })
    expect(snapshot?.manifest).toMatchObject({ vbid: 2, deks: [{ path: 'deks/k.key.1' }] })
    await bucket.close()
  }
  await expect(placeAsNode({ stored, target }, never)).rejects.toMatchObject({ code: 'path/not-empty' })
  await writeFile(path.join(stored, '1', '1.couch.1'), 'short')
  const other = path.join(folder(), 'other')
  await expect(placeAsNode({ stored, target: other }, never)).rejects.toMatchObject({ code: 'couchbase/damaged' })
})
