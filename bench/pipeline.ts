/**
 * Backs a folder up twice into a fresh local repository and reads it back, and prints how long each took and how much
 * memory it needed: `node bench/pipeline.ts /usr/share [work folder]`.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { openFileSystemCalls } from '../src-main/os/open-file-system-calls.ts'
import { createDatastoreRepository } from '../src-main/repositories/datastore/datastore-repository.ts'
import type { Repository, WriteObserver } from '../src-main/repositories/repository.ts'
import { walkTree } from '../src-main/sources/files/walk.ts'
import { createDatastore } from '../src-main/storage/datastore/datastore.ts'

const [source = '/usr/share', work = tmpdir()] = process.argv.slice(2)
const { signal } = new AbortController()
const group = { namespace: '', type: 'host', backupId: 'bench' } as const

const walkOptions = {
  calls: openFileSystemCalls(),
  exclude: [],
  readExcludeFiles: false,
  fileSystems: 'one',
  skipLostAndFound: false,
  entriesLimit: 10_000_000,
  recordExcludes: false,
} as const

async function measure(name: string, work: () => Promise<{ bytes: number; note: string }>): Promise<void> {
  const start = performance.now()
  const { bytes, note } = await work()
  const seconds = (performance.now() - start) / 1000
  const rate = `${(bytes / 1e6 / seconds).toFixed(0)} MB/s`
  const rss = `${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MiB peak`
  console.log(`${name.padEnd(16)} ${seconds.toFixed(2).padStart(7)} s  ${rate.padStart(9)}  ${rss}  ${note}`)
}

async function backup(repository: Repository, time: number) {
  let bytes = 0
  let stored = 0
  let unchanged = 0
  let newChunks = 0
  let newBytes = 0
  const observer: WriteObserver = {
    entry() {},
    entryDone: (outcome) => (outcome === 'stored' ? stored++ : unchanged++),
    entryFailed() {},
    bytes: (count) => (bytes += count),
    chunk({ isNew, storedBytes }) {
      if (!isNew) return
      newChunks++
      newBytes += storedBytes
    },
  }
  const writer = await repository.write(group, { time, mode: 'metadata', compress: true, cryptMode: 'none' }, signal)
  const entries = walkTree(source, walkOptions, { problem() {} }, signal)
  await writer.addTree('bench', entries, { excludePatterns: [] }, observer)
  await writer.commit()
  const note = `${stored} stored, ${unchanged} unchanged, ${newChunks} new chunks of ${(newBytes / 1e6).toFixed(1)} MB`
  return { bytes, note }
}

async function readBack(repository: Repository, time: number) {
  const reader = await repository.read({ ...group, time }, signal)
  const buffer = new Uint8Array(1 << 20)
  let bytes = 0
  let files = 0
  for await (const entry of reader.walk('bench', { contents: true }, signal)) {
    if (entry.kind !== 'file') continue
    const content = await entry.open()
    for (;;) {
      const read = content.read(buffer)
      const got = typeof read === 'number' ? read : await read
      if (got === 0) break
      bytes += got
    }
    await content.close()
    files++
  }
  await reader.close()
  return { bytes, note: `${files} files` }
}

const folder = await mkdtemp(path.join(work, 'holdfast-bench-'))
try {
  const store = await createDatastore(path.join(folder, 'store'))
  const repository = createDatastoreRepository(store, { keys: [], now: () => Date.now() })
  await measure('first backup', () => backup(repository, 1_000_000))
  await measure('second backup', () => backup(repository, 1_000_001))
  await measure('read back', () => readBack(repository, 1_000_001))
  await repository.close()
} finally {
  await rm(folder, { recursive: true, force: true })
}
