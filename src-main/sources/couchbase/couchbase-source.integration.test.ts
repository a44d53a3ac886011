import path from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { couchbaseSource } from '../../../src-shared/model/couchbase-source.ts'
import type { TreeEntry } from '../../archive/tree.ts'
import {
  never,
  TestCluster,
  type TestClusterOptions,
  vbucketContent,
} from '../../engines/couchbase/testing/cluster.fixture.ts'
import { temporaryFolder } from '../../engines/couchbase/testing/temporary-folder.fixture.ts'
import type { SourceProblem } from '../source.ts'
import { createCouchbaseSource } from './couchbase-source.ts'

const folder = temporaryFolder()
let cluster: TestCluster

afterEach(() => cluster.close())

const openCluster = async (options: Partial<TestClusterOptions> = {}) => {
  cluster = await TestCluster.open(path.join(folder(), 'cluster'), {
    vbucketCount: 12,
    fileBytes: 70_001,
    nodes: 3,
    ...options,
  })
}

interface Listed {
  readonly path: string
  readonly content?: Buffer
  readonly xattrs: number
}

/** Reads all of a source as a repository would. */
async function readAll(password = 's3cret', beforeFile?: (path: string) => Promise<void>) {
  const problems: SourceProblem[] = []
  const spec = couchbaseSource.parse({
    kind: 'couchbase',
    hosts: cluster.seeds.map(({ host, port }) => `${host}:${port}`),
    bucket: 'default',
    user: 'backup',
    patienceSeconds: 5,
  })
  const source = createCouchbaseSource(spec, { password })
  const view = await source.open({ problem: (problem) => problems.push(problem) }, never)
  const listed: Listed[] = []
  try {
    for await (const archive of view.archives()) {
      if (archive.type !== 'tree') throw new Error(archive.type)
      const at: string[] = []
      for await (const entry of archive.entries) await list(entry, at)
    }
    return { listed, problems, counts: view.counts(), facts: view.facts() }
  } finally {
    await view.close()
  }

  async function list(entry: TreeEntry, at: string[]): Promise<void> {
    if (entry.kind === 'leave') return void at.pop()
    const file = [...at, Buffer.from(entry.name).toString()].join('/')
    if (entry.kind === 'directory') at.push(Buffer.from(entry.name).toString())
    else if (entry.kind === 'file') {
      await beforeFile?.(file)
      const content = Buffer.alloc(Number(entry.sizeBytes) + 1)
      const open = await entry.open()
      let filled = 0
      for (let got = await open.read(content); got > 0; got = await open.read(content.subarray(filled))) filled += got
      await open.close()
      listed.push({ path: file, content: content.subarray(0, filled), xattrs: entry.metadata.xattrs.length })
    }
  }
}

test('a bucket is a tree of vbuckets in the order of names, with what the cluster said and a report', async () => {
  await openCluster()
  const { listed, problems, counts, facts } = await readAll()
  const names = [...Array(12).keys()].map(String).sort()
  expect(listed.map((file) => file.path)).toEqual([
    ...names.map((name) => `/${name}/${name}.couch.1`),
    '/config.json',
    ...names.map((name) => `/manifests/${name}.json`),
    '/report.json',
  ])
  for (const { path: file, content } of listed.filter((item) => item.path.includes('couch'))) {
    expect(content?.equals(vbucketContent(Number(file.split('/')[1]), 70_001)), file).toBe(true)
  }
  expect(problems).toEqual([])
  expect(counts).toEqual({ seen: 1 + 12 * 3 + 3, handedOver: 40, skipped: 0, failed: 0 })
  expect(facts.roots).toMatchObject([{ archive: 'default' }])
  const report = JSON.parse(listed.at(-1)?.content?.toString() ?? '')
  expect(report).toMatchObject({ isComplete: true, vbucketCount: 12 })
  expect(report.vbuckets[7]).toMatchObject({ vbid: 7, outcome: 'stored', seqno: '1007', dialect: 's9' })
  expect(report.vbuckets[7].files[0].sha512).toMatch(/^[0-9a-f]{128}$/)
  for (const { bucket } of cluster.nodes) expect(bucket.snapshots()).toEqual([])
})

test('a node that gives digests has them kept with the files, so that what is unchanged need not be read', async () => {
  await openCluster({ dialect: 's8', nodes: 1 })
  const { listed } = await readAll()
  expect(listed.filter((file) => file.path.includes('couch')).every(({ xattrs }) => xattrs === 1)).toBe(true)
})

test('35: a vbucket without an active copy is reported, the others are stored', async () => {
  await openCluster()
  cluster.owners[4] = -1
  const { problems, counts, listed } = await readAll()
  expect(problems).toMatchObject([{ path: '/4', outcome: 'failed' }])
  expect(counts).toMatchObject({ failed: 1, handedOver: 1 + 11 * 3 + 3 })
  expect(JSON.parse(listed.at(-1)?.content?.toString() ?? '')).toMatchObject({ isComplete: false })
})

test('21, 24: a node that goes and comes back in the middle is not noticed in the tree', async () => {
  await openCluster()
  let times = 0
  const { listed, problems } = await readAll('s3cret', async (file) => {
    if (!file.includes('couch') || times++ % 4 !== 1) return
    await cluster.cut(times % 3)
    await cluster.back(times % 3)
  })
  expect(problems).toEqual([])
  expect(listed).toHaveLength(26)
  for (const { path: file, content } of listed.filter((item) => item.path.includes('couch'))) {
    expect(content?.equals(vbucketContent(Number(file.split('/')[1]), 70_001)), file).toBe(true)
  }
})

test('6: a wrong password is said before anything is read', async () => {
  await openCluster()
  await expect(readAll('wrong')).rejects.toMatchObject({ code: 'couchbase/denied' })
})

test('a cluster that is gone ends the run, and so does one without any vbucket: half a bucket is not taken for whole', async () => {
  await openCluster()
  const isGone = readAll('s3cret', async (file) => {
    if (file.includes('couch')) for (const index of cluster.nodes.keys()) await cluster.cut(index)
  })
  await expect(isGone).rejects.toMatchObject({ code: 'couchbase/unreachable' })
  for (const index of cluster.nodes.keys()) await cluster.back(index)
  cluster.owners.fill(-1)
  await expect(readAll()).rejects.toMatchObject({ code: 'couchbase/incomplete' })
}, 30_000)
