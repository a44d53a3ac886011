import { statSync } from 'node:fs'
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { HoldfastError } from '../../../src-shared/errors.ts'
import { type CouchbaseSource, couchbaseSource } from '../../../src-shared/model/couchbase-source.ts'
import type { TreeEntry } from '../../archive/tree.ts'
import { parseReport } from '../../engines/couchbase/stored-report.ts'
import {
  never,
  TestCluster,
  type TestClusterOptions,
  vbucketContent,
} from '../../engines/couchbase/testing/cluster.fixture.ts'
import { temporaryFolder } from '../../engines/couchbase/testing/temporary-folder.fixture.ts'
import { Pace } from '../../os/pace.ts'
import { simulatedPaceClock } from '../../os/simulated-pace-clock.fixture.ts'
import type { SourceProblem } from '../source.ts'
import { type CouchbaseSourceOptions, createCouchbaseSource } from './couchbase-source.ts'

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
  readonly mtimeNs: bigint
  readonly xattrs: number
}

interface ReadOptions extends Partial<CouchbaseSourceOptions> {
  readonly spec?: Partial<CouchbaseSource>
  readonly beforeFile?: (path: string) => Promise<void>
  /** False leaves the content unread, as a repository does that has it. */
  readonly isOpened?: (path: string) => boolean
}

const staging = () => path.join(folder(), 'staging')

/** Reads all of a source as a repository would. */
async function readAll({ spec: wish, beforeFile, isOpened, ...options }: ReadOptions = {}) {
  const problems: SourceProblem[] = []
  let fetched = 0
  const spec = couchbaseSource.parse({
    kind: 'couchbase',
    hosts: cluster.seeds.map(({ host, port }) => `${host}:${port}`),
    bucket: 'default',
    user: 'backup',
    patienceSeconds: 5,
    ...wish,
  })
  const onBytes = (bytes: number) => {
    fetched += bytes
  }
  const source = createCouchbaseSource(spec, { password: 's3cret', stagingFolder: staging(), onBytes, ...options })
  const view = await source.open({ problem: (problem) => problems.push(problem) }, never)
  const listed: Listed[] = []
  try {
    for await (const archive of view.archives()) {
      if (archive.type !== 'tree') throw new Error(archive.type)
      const at: string[] = []
      for await (const entry of archive.entries) await list(entry, at)
    }
    for (const [index, { bucket }] of cluster.nodes.entries())
      if (cluster.owners.includes(index)) expect(bucket.snapshots()).toEqual([])
    const text = (name: string) => listed.find((file) => file.path === name)?.content ?? Buffer.alloc(0)
    const report = parseReport(text('/report.json'))
    return { listed, problems, counts: view.counts(), facts: view.facts(), text, report, fetched }
  } finally {
    await view.close()
    expect(await readdir(staging())).toEqual([])
  }

  async function list(entry: TreeEntry, at: string[]): Promise<void> {
    if (entry.kind === 'leave') return void at.pop()
    const file = [...at, Buffer.from(entry.name).toString()].join('/')
    if (entry.kind === 'directory') at.push(Buffer.from(entry.name).toString())
    else if (entry.kind === 'file') {
      await beforeFile?.(file)
      const { mtimeNs, xattrs } = entry.metadata
      const item = { path: file, mtimeNs, xattrs: xattrs.length }
      if (isOpened?.(file) === false) return void listed.push(item)
      const content = Buffer.alloc(Number(entry.sizeBytes) + 1)
      const open = await Promise.resolve(entry.open()).catch(passUnreadable)
      if (open === undefined) return
      let filled = 0
      for (let got = await open.read(content); got > 0; got = await open.read(content.subarray(filled))) filled += got
      await open.close()
      listed.push({ ...item, content: content.subarray(0, filled) })
    }
  }
}

function passUnreadable(error: unknown): undefined {
  if (!(error instanceof HoldfastError && error.code === 'file/unreadable')) throw error
}

test('a bucket is a tree of vbuckets in the order of names, with what the cluster said and a report', async () => {
  await openCluster()
  const { listed, problems, counts, facts, fetched } = await readAll()
  expect(fetched).toBe(12 * 70_001)
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
})

test('what is as in the last backup is not fetched again, where the node says so, and looks as old as it is', async () => {
  await openCluster({ dialect: 's8', nodes: 1 })
  const first = await readAll()
  const only = (path: string) => first.listed.find((file) => file.path === path)?.mtimeNs
  expect(first.fetched).toBe(12 * 70_001)
  await writeFile(path.join(folder(), 'cluster', 'node-0', '7.couch.1'), 'changed')
  const opened: string[] = []
  const again = await readAll({
    fetch: 'changed',
    lastReport: first.report,
    now: () => Date.now() + 60_000,
    isOpened: (path) => {
      opened.push(path)
      return path.startsWith('/7/') || path === '/report.json'
    },
  })
  expect(again.fetched).toBe('changed'.length)
  expect(opened).toContain('/8/8.couch.1')
  const couch = (path: string) => again.listed.find((file) => file.path === path)
  expect(couch('/8/8.couch.1')).toMatchObject({ mtimeNs: only('/8/8.couch.1'), xattrs: 1 })
  expect(couch('/7/7.couch.1')?.mtimeNs).toBeGreaterThan(only('/7/7.couch.1') ?? 0n)
  expect(again.report?.vbuckets[8]?.files).toEqual(first.report?.vbuckets[8]?.files)
})

test('28: what is as in the last backup but read after all comes from wherever its vbucket is by then, or fails alone', async () => {
  await openCluster({ dialect: 's8', nodes: 2, isEverywhere: true, vbucketCount: 4, fileBytes: 5000 })
  const { report: lastReport } = await readAll()
  const files = path.join(folder(), 'cluster', 'node-1')
  const { listed, problems, report } = await readAll({
    fetch: 'changed',
    lastReport,
    async beforeFile(file) {
      if (file === '/2/2.couch.1') await writeFile(path.join(files, '2.couch.1'), 'another content')
      if (file === '/0/0.couch.1' || file === '/2/2.couch.1') await move(Number(file[1]), 1)
    },
  })
  expect(listed.find((file) => file.path === '/0/0.couch.1')?.content).toEqual(vbucketContent(0, 5000))
  expect(problems).toMatchObject([{ path: '/2/2.couch.1', reason: expect.stringContaining('has changed there') }])
  expect(report?.vbuckets.map(({ outcome }) => outcome)).toEqual(['stored', 'stored', 'failed', 'stored'])
})

/** As a rebalance ends: the old owner deletes the vbucket, and its snapshot with it. */
async function move(vbid: number, to: number): Promise<void> {
  const from = cluster.owners[vbid] ?? 0
  cluster.owners[vbid] = to
  cluster.rev += 1
  await cluster.nodes[from]?.bucket.release({ vbid })
}

test('28: a vbucket that moves while a file of it is read is taken whole from its new owner', async () => {
  await openCluster({ isEverywhere: true, nodes: 2, maxFragmentBytes: 20_000 })
  const node = (index: number) => path.join(folder(), 'cluster', `node-${index}`)
  for (const [index, key] of [
    [0, 'old'],
    [1, 'new'],
  ] as const) {
    await mkdir(path.join(node(index), 'deks'))
    await writeFile(path.join(node(index), 'deks', `${key}.key.1`), key)
  }
  // The new owner has compacted the file, and written to it.
  const content = vbucketContent(4, 90_000).fill('n', 50_000)
  await rm(path.join(node(1), '4.couch.1'))
  await writeFile(path.join(node(1), '4.couch.2'), content)
  const uuids: string[] = []
  cluster.nodes[0]?.server.onEvent((event) => {
    if (event.type === 'prepared' && event.vbid === 4) uuids.push(event.uuid)
    if (event.type === 'fragment' && event.uuid === uuids[0] && cluster.owners[4] === 0) void move(4, 1)
  })
  const { listed, problems, report, text } = await readAll()
  expect(problems).toEqual([])
  expect(listed.map((file) => file.path).filter((file) => file.startsWith('/4/'))).toEqual([
    '/4/4.couch.2',
    '/4/deks/new.key.1',
  ])
  expect(text('/4/4.couch.2').equals(content)).toBe(true)
  expect(report?.vbuckets[4]).toMatchObject({ outcome: 'stored', seqno: '1004', node: nodeName(1) })
  expect(JSON.parse(text('/manifests/4.json').toString())).toMatchObject({ uuid: report?.vbuckets[4]?.uuid })
  expect(uuids).toHaveLength(1)
  expect(report?.isComplete).toBe(true)
})

const nodeName = (index: number) => `127.0.0.1:${cluster.nodes[index]?.port}`

test('28: a vbucket whose node goes for good is taken from the one that has it then', async () => {
  await openCluster({ isEverywhere: true, nodes: 2, maxFragmentBytes: 20_000 })
  let isOver = false
  cluster.nodes[0]?.server.onEvent((event) => {
    if (event.type !== 'fragment' || isOver) return
    isOver = true
    cluster.owners.fill(1)
    cluster.rev += 1
    void cluster.cut(0)
  })
  const { problems, report, listed } = await readAll()
  expect(problems).toEqual([])
  expect(new Set(report?.vbuckets.map(({ node }) => node))).toEqual(new Set([nodeName(1)]))
  for (const { path: file, content } of listed.filter((item) => item.path.includes('couch')))
    expect(content?.equals(vbucketContent(Number(file.split('/')[1]), 70_001)), file).toBe(true)
})

test('files come from all nodes together as fast as they may, and are not held up again where they are read', async () => {
  await openCluster()
  const clock = simulatedPaceClock()
  const { fetched, counts } = await readAll({ pace: new Pace(() => 1_000_000, clock) })
  expect(counts.failed).toBe(0)
  expect(fetched).toBeGreaterThan(12 * 70_000)
  expect(Math.abs(clock.waitedMs() - fetched / 1000)).toBeLessThan(6)
})

test('no more is staged than the limit says; a vbucket that is larger fails alone', async () => {
  await openCluster()
  await writeFile(path.join(folder(), 'cluster', 'node-0', '3.couch.1'), vbucketContent(3, 200_000))
  let most = 0
  const { problems, report } = await readAll({
    spec: { stagingLimitBytes: 150_000, parallelVbuckets: 6 },
    async beforeFile() {
      let staged = 0
      for (const entry of await readdir(staging(), { recursive: true, withFileTypes: true }))
        if (entry.isFile())
          staged += statSync(path.join(entry.parentPath, entry.name), { throwIfNoEntry: false })?.size ?? 0 // it may be done and gone
      most = Math.max(most, staged)
    },
  })
  expect(problems).toMatchObject([{ path: '/3', reason: expect.stringContaining('200000 bytes, and 150000') }])
  expect(report?.vbuckets.filter(({ outcome }) => outcome === 'stored')).toHaveLength(11)
  expect(most).toBeLessThanOrEqual(150_000)
  expect(most).toBeGreaterThanOrEqual(70_001)
})

test('whoever stops reading ends what is under way, although some of it waits for what was not read', async () => {
  await openCluster()
  const failing = readAll({
    spec: { stagingLimitBytes: 80_000, parallelVbuckets: 6 },
    beforeFile: () => Promise.reject(new Error('the repository is full')),
  })
  await expect(failing).rejects.toThrow('the repository is full')
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
  const { listed, problems } = await readAll({
    async beforeFile(file) {
      if (!file.includes('couch') || times++ % 4 !== 1) return
      await cluster.cut(times % 3)
      await cluster.back(times % 3)
    },
  })
  expect(problems).toEqual([])
  expect(listed).toHaveLength(26)
  for (const { path: file, content } of listed.filter((item) => item.path.includes('couch'))) {
    expect(content?.equals(vbucketContent(Number(file.split('/')[1]), 70_001)), file).toBe(true)
  }
})

test('6: a wrong password is said before anything is read', async () => {
  await openCluster()
  await expect(readAll({ password: 'wrong' })).rejects.toMatchObject({ code: 'couchbase/denied' })
})

test('a cluster that is gone ends the run, and so does one without any vbucket: half a bucket is not taken for whole', async () => {
  await openCluster()
  const isGone = readAll({
    async beforeFile(file) {
      if (file.includes('couch')) for (const index of cluster.nodes.keys()) await cluster.cut(index)
    },
  })
  await expect(isGone).rejects.toMatchObject({ code: 'couchbase/unreachable' })
  for (const index of cluster.nodes.keys()) await cluster.back(index)
  cluster.owners.fill(-1)
  await expect(readAll()).rejects.toMatchObject({ code: 'couchbase/incomplete' })
})
