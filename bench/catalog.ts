import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { IndexEntry } from '../src-main/catalog/index/index-entry.ts'
import { type IndexReader, openInThreadIndexReader } from '../src-main/catalog/index/index-reader.ts'
import { openIndex } from '../src-main/catalog/index/open-index.ts'
import { openWorkerIndexReader } from '../src-main/catalog/index/worker-index-reader.ts'
import { repositoryId, type SnapshotId } from '../src-shared/model/ids.ts'

/** One timing. `target` is what the design promises, where it does. */
interface BenchRow {
  readonly name: string
  readonly value: number
  readonly unit: 'ms' | 's' | 'MB'
  readonly target?: number
}

const filesPerFolder = 50
const largeFolder = 100_000

/** An index of so many entries, one folder of 100,000 among them: how long it takes to fill and to ask. */
async function* measureCatalog(entryCount: number): AsyncGenerator<BenchRow> {
  const folder = mkdtempSync(join(process.env.HOLDFAST_BENCH ?? tmpdir(), 'holdfast-bench-'))
  const signal = new AbortController().signal
  const index = openIndex(folder)
  let reader: IndexReader | undefined
  try {
    const put = (time: number) =>
      index.snapshots.putSnapshot({
        repositoryId: repository,
        ref: { namespace: '', type: 'host', backupId: 'bench', time },
        archives: [],
        sizeBytes: 0,
        notes: '',
        protected: false,
      })
    const repository = repositoryId.parse(randomUUID())
    const ingestSeconds = (60 * entryCount) / 1_000_000
    const first = put(1_700_000_000)
    const second = put(1_700_086_400)
    const ingest = (id: SnapshotId, changeEvery: number) => index.ingest(id, tree(entryCount, changeEvery), signal)
    yield await timed('first snapshot, all new', 's', () => ingest(first, 0), ingestSeconds)
    yield await timed('second snapshot, 1 of 1000 changed', 's', () => ingest(second, 1000), ingestSeconds)
    yield { name: 'size of the index', value: statSync(join(folder, 'index.sqlite')).size / 1e6, unit: 'MB' }
    reader = openInThreadIndexReader(folder)
    yield* queries(reader, first, second)
    const worker = openWorkerIndexReader(folder)
    yield await timed('search in a worker thread, its start included', 'ms', () =>
      worker.search({ text: 'report-777', limit: 100 }),
    )
    await worker.close()
    yield await timed('forget the first snapshot', 's', () => index.forget(first, signal))
  } finally {
    await reader?.close()
    index.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function* queries(reader: IndexReader, first: SnapshotId, second: SnapshotId): AsyncGenerator<BenchRow> {
  const list = (path: string, sort: 'name' | 'size', offset = 0) =>
    reader.list(second, path, { sort, limit: 200, offset })
  const search = (text: string) => () => reader.search({ text, limit: 100 })
  const deepFile = 'home/folder-3/folder-7/report-7850.txt'
  yield await timed('open a folder of 50, cold', 'ms', () => list('home/folder-3/folder-7', 'name'), 100)
  yield await timed('open the folder of 100,000 by name, cold', 'ms', () => list('large', 'name'), 100)
  yield await timed('its page at 90,000', 'ms', () => list('large', 'name', 90_000), 100)
  yield await timed('the same folder by size', 'ms', () => list('large', 'size'), 100)
  yield await timed('search part of a name, a hit or eleven', 'ms', search('port-777777'), 100)
  yield await timed('search part of a name, thousands of hits', 'ms', search('777'), 100)
  yield await timed('search part of a name, no hit', 'ms', search('port-777x'), 100)
  yield await timed('search what every name has', 'ms', search('.txt'), 100)
  yield await timed('search one letter', 'ms', search('r'), 100)
  const unfound = () => reader.search({ text: '.txt', minBytes: 1e12, limit: 100 })
  yield await timed('search all names, filter that matches none', 'ms', unfound, 100)
  yield await timed('stat a path', 'ms', () => reader.stat(second, deepFile))
  yield await timed('compare the two snapshots', 'ms', () => reader.compare(first, second, '', { limit: 200 }), 100)
  yield await timed('compare, one folder down', 'ms', () => reader.compare(first, second, 'home', { limit: 200 }), 100)
}

async function timed(name: string, unit: 'ms' | 's', work: () => Promise<unknown>, target?: number): Promise<BenchRow> {
  const start = performance.now()
  await work()
  const ms = performance.now() - start
  return { name, value: unit === 's' ? ms / 1000 : ms, unit, ...(target !== undefined && { target }) }
}

const encoder = new TextEncoder()

/** `home` with folders of folders of files, and `large` with many files. Every `changeEvery`-th file has a new time. */
async function* tree(entryCount: number, changeEvery: number): AsyncGenerator<IndexEntry> {
  let made = 0
  const entry = (kind: 'directory' | 'file', name: string): IndexEntry => {
    const isChanged = changeEvery > 0 && made % changeEvery === 0 && kind === 'file'
    made += 1
    const mtimeNs = 1_600_000_000_000_000_000n + BigInt(made) + (isChanged ? 1_000_000_000n : 0n)
    const sizeBytes = kind === 'file' ? BigInt((made * 7919) % 1_000_003) : 0n
    return { kind, name: encoder.encode(name), sizeBytes, mtimeNs, permissions: 0o644, uid: 1000, gid: 1000 }
  }
  yield entry('directory', 'large')
  for (let i = 0; i < Math.min(largeFolder, entryCount / 2); i++) yield entry('file', `image-${i}.jpeg`)
  yield { kind: 'leave' }
  yield entry('directory', 'home')
  for (let outer = 0; made < entryCount; outer++) {
    yield entry('directory', `folder-${outer}`)
    for (let inner = 0; inner < filesPerFolder && made < entryCount; inner++) {
      yield entry('directory', `folder-${inner}`)
      for (let i = 0; i < filesPerFolder && made < entryCount; i++) {
        yield entry('file', `report-${(outer * filesPerFolder + inner) * filesPerFolder + i}.txt`)
      }
      yield { kind: 'leave' }
    }
    yield { kind: 'leave' }
  }
  yield { kind: 'leave' }
}

/** `node bench/catalog.ts 10000000` asks for ten million entries, for which the design has a bar. */
for await (const { name, value, unit, target } of measureCatalog(Number(process.argv[2] ?? 1_000_000))) {
  console.log(
    `${name.padEnd(50)} ${value.toFixed(1).padStart(8)} ${unit}${target === undefined ? '' : `   (target ${target})`}`,
  )
}
