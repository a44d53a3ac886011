import { randomBytes, randomUUID } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { jobId, repositoryId } from '../../../src-shared/model/ids.ts'
import { jobSpec } from '../../../src-shared/model/job.ts'
import { foldersSource } from '../../../src-shared/model/source.ts'
import type { Directory, FileSystemCalls } from '../../os/file-system-calls.ts'
import { openFileSystemCalls } from '../../os/open-file-system-calls.ts'
import { systemError } from '../../os/system-error.ts'
import { openRepository } from '../../repositories/open-repository.ts'
import { createSmallStore } from '../../storage/datastore/testing/sample-store.ts'
import { JobLog } from './job-log.ts'
import type { JobTools } from './job-tools.ts'
import { openJobRepository } from './open-job-repository.ts'
import { ProgressMeter } from './progress-meter.ts'
import { type BackupSpec, runBackup } from './run-backup.ts'
import { openSnapshotIndex } from './snapshot-index.ts'

let root: string
let source: string
const id = repositoryId.parse(randomUUID())

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'holdfast-run-'))
  source = join(root, 'Documents')
  await createSmallStore(join(root, 'repository'))
})
afterAll(() => rmSync(root, { recursive: true, force: true }))
beforeEach(() => {
  rmSync(source, { recursive: true, force: true })
  mkdirSync(source)
})

/** As for a person without rights: root may read everything, so the refusal is made up where the system would give it. */
function refusing(refused: string): FileSystemCalls {
  const calls = openFileSystemCalls()
  const wrap = (directory: Directory): Directory =>
    new Proxy(directory, {
      get(target, key) {
        if (key === 'openFile') {
          return (name: Uint8Array) => {
            if (Buffer.from(name).toString() === refused) throw systemError(13, 'openat')
            return target.openFile(name)
          }
        }
        if (key === 'openDirectory') {
          return (name: Uint8Array) => {
            if (Buffer.from(name).toString() === refused) throw systemError(13, 'openat')
            return wrap(target.openDirectory(name))
          }
        }
        if (key === 'openParent') return () => wrap(target.openParent())
        const value: unknown = Reflect.get(target, key, target)
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
  return { ...calls, openDirectory: (path) => wrap(calls.openDirectory(path)) }
}

async function backup(calls: FileSystemCalls, more: Partial<BackupSpec> = {}) {
  const spec = jobSpec.parse({
    kind: 'backup',
    source: { kind: 'folders', paths: [source] },
    repositoryId: id,
    namespace: '',
    backupId: randomUUID(),
    options: {},
    ...more,
  })
  if (spec.kind !== 'backup') throw new Error('not a backup')
  const log = new JobLog()
  const index = openSnapshotIndex(join(root, 'data'))
  const tools: JobTools = {
    order: {
      jobId: jobId.parse(randomUUID()),
      spec,
      dataDirectory: join(root, 'data'),
      repository: {
        id,
        address: join(root, 'repository'),
        key: undefined,
        masterKey: undefined,
        otherKeys: [],
        secret: undefined,
        fingerprint: undefined,
      },
      sourceSecrets: {},
      workerThreads: 1,
      readLimitBytesPerSecond: undefined,
      planId: undefined,
      holdsPruning: false,
      timeZone: 'UTC',
    },
    meter: new ProgressMeter(),
    log,
    calls,
    index,
    openRepository: (access, signal) =>
      openJobRepository(access, { workerThreads: 1, dataDirectory: join(root, 'data') }, signal),
    signal: new AbortController().signal,
  }
  try {
    const outcome = await runBackup(tools, spec)
    return { outcome, lines: log.take(), totals: tools.meter.read() }
  } finally {
    index.close()
  }
}

describe('a backup that may not read everything', () => {
  it.each(['metadata', 'data', 'legacy'] as const)('counts and lists it, and stores the rest: %s', async (mode) => {
    writeFileSync(join(source, 'open'), 'a')
    writeFileSync(join(source, 'closed'), 'b')
    mkdirSync(join(source, 'dark'))
    writeFileSync(join(source, 'dark', 'never seen'), 'c')
    const options = { mode, compress: true, cryptMode: 'none', verifyAfter: false } as const
    for (const refused of ['closed', 'dark']) {
      const { outcome, lines } = await backup(refusing(refused), { options })
      const { counts } = outcome.summary
      expect(counts).toMatchObject({ failed: 1, skipped: 0 })
      expect(counts?.seen).toBe((counts?.stored ?? 0) + (counts?.unchanged ?? 0) + 1)
      expect(outcome.warnings).toBe(1)
      expect(lines.filter((line) => line.outcome === 'failed').map((line) => line.path)).toEqual([
        join(source, refused),
      ])
    }
  })
})

it('patterns kept inside a legacy archive do not upset the counts', async () => {
  writeFileSync(join(source, 'a'), 'a')
  writeFileSync(join(source, 'b.tmp'), 'b')
  const { outcome } = await backup(openFileSystemCalls(), {
    source: foldersSource.parse({ kind: 'folders', paths: [source], excludes: ['*.tmp'] }),
    options: { mode: 'legacy', compress: true, cryptMode: 'none', verifyAfter: true },
  })
  expect(outcome.summary.counts).toMatchObject({ skipped: 1, failed: 0 })
})

it('the second run knows beforehand how much there is', async () => {
  writeFileSync(join(source, 'a'), Buffer.alloc(50_000, 1))
  const backupId = randomUUID()
  const first = await backup(openFileSystemCalls(), { backupId })
  const names = first.outcome.summary.stages?.map(({ name }) => name)
  expect(names).toEqual(['read', 'chunk', 'hash', 'compress', 'write'])
  const { outcome, totals } = await backup(openFileSystemCalls(), { backupId })
  expect(totals).toMatchObject({ totalFiles: 2, doneBytes: 50_000 })
  expect(outcome.summary).toMatchObject({ newChunks: 0, storedBytes: 0 })
})

it('retention removes what the rules do not keep, from the repository and the index', async () => {
  writeFileSync(join(source, 'a'), 'a')
  const backupId = randomUUID()
  await backup(openFileSystemCalls(), { backupId })
  await new Promise((resolve) => setTimeout(resolve, 1100))
  await backup(openFileSystemCalls(), { backupId, retention: { last: 1 } })
  const index = openSnapshotIndex(join(root, 'data'))
  try {
    expect(index.list(id).filter(({ ref }) => ref.backupId === backupId)).toHaveLength(1)
  } finally {
    index.close()
  }
})

describe('files that somebody encrypted', () => {
  const names = Array.from({ length: 120 }, (_, number) => `letter ${number}.txt`)

  it('are noticed: the last good snapshot is protected and none is removed', async () => {
    const backupId = randomUUID()
    const run = () => backup(openFileSystemCalls(), { backupId, retention: { last: 1 } })
    for (const name of names) writeFileSync(join(source, name), `${name} `.repeat(400))
    await run()
    writeFileSync(join(source, 'letter 1.txt'), 'changed')
    const good = await run()
    expect(good.outcome.summary.anomaly).toBeUndefined()
    for (const name of names) {
      rmSync(join(source, name))
      writeFileSync(join(source, `${name}.locked`), randomBytes(40_000))
    }
    const { outcome } = await run()
    expect(outcome.summary.anomaly?.pinned).toBe(good.outcome.summary.snapshotId)
    expect(outcome.summary.anomaly?.sentences).toEqual([
      expect.stringContaining('100 % of the files'),
      expect.stringContaining('cannot be compressed'),
      expect.stringContaining('now end in .locked'),
    ])
    const repository = await openRepository(join(root, 'repository'), { keys: [], threads: 1, now: Date.now })
    const kept: boolean[] = []
    for await (const { ref, protected: isProtected } of repository.snapshots(new AbortController().signal)) {
      if (ref.backupId === backupId) kept.push(isProtected)
    }
    await repository.close()
    expect(kept.toSorted()).toEqual([false, true])
  })
})
