import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, readdir, rm, stat } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { HoldfastError } from '../../../src-shared/errors.ts'
import type { JobSpec } from '../../../src-shared/model/job.ts'
import { bytesToPathText } from '../../../src-shared/model/path-text.ts'
import type { SnapshotReader } from '../../repositories/repository.ts'
import { extractTree } from '../../sources/files/extract.ts'
import { formatSnapshotRef } from '../../storage/datastore/layout.ts'
import { FileSample, type SampledFile } from '../trust/sample-files.ts'
import type { JobOutcome } from './job-order.ts'
import { type JobTools, repositoryAccess } from './job-tools.ts'

/** Larger files are read back by verify; a test is to end while somebody looks. */
const maximumFileBytes = 64n * 1024n * 1024n
/** Folders of tests that a crash left behind. */
const leftoverAfterMs = 24 * 60 * 60_000
/** What a restored file needs to be readable by whoever runs this; owners may need rights nobody has. */
const carryOver = { owner: false, permissions: false, times: true, attributes: false, links: true }

/**
 * Restores a few files of a snapshot, chosen at random, into a folder of its own with the code every restore uses, reads
 * each once more straight from the repository and compares. The folder is removed however it ends. Throws `restore/untrue`
 * when a file did not come back as it is stored.
 */
export async function runTestRestore(
  tools: JobTools,
  spec: Extract<JobSpec, { kind: 'test-restore' }>,
): Promise<JobOutcome> {
  const { index, signal, meter, log, order } = tools
  const known = index.find(spec.snapshotId)
  if (known === undefined) throw new HoldfastError('snapshot/unknown')
  const place = await freshFolder(join(order.dataDirectory, 'restore-tests'), order.jobId)
  const repository = await tools.openRepository(repositoryAccess(tools), signal)
  try {
    const reader = await repository.read(known.ref, signal)
    try {
      meter.enter('scanning')
      const sample = new FileSample({ files: spec.files, maximumFileBytes, random: Math.random })
      for (const tree of reader.trees) await sample.take(tree, reader.walk(tree, { contents: false }, signal))
      meter.totalFiles = sample.files.length
      meter.totalBytes = Number(sample.files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0n))
      log.line('info', `Brings back ${sample.files.length} files of ${formatSnapshotRef(known.ref)}.`)
      const differing = await bringBack(tools, { reader, files: sample.files, place })
      log.closeProblems()
      if (differing.length > 0) {
        throw new HoldfastError('restore/untrue', {
          detail: `${differing.length} of ${sample.files.length}, the first is ${differing[0]}.`,
          hint: 'Verify the repository: it says what is damaged and which files are affected.',
        })
      }
      return {
        summary: {
          doneBytes: meter.doneBytes,
          storedBytes: 0,
          restoreTest: { files: sample.files.length, bytes: meter.doneBytes, differing: [...differing] },
        },
        warnings: log.warnings,
        usage: undefined,
        changedSnapshots: false,
      }
    } finally {
      await reader.close()
    }
  } finally {
    await repository.close()
    await rm(place, { recursive: true, force: true })
  }
}

interface Sampled {
  readonly reader: SnapshotReader
  readonly files: readonly SampledFile[]
  readonly place: string
}

/** Paths of what did not come back as it is stored. */
async function bringBack(tools: JobTools, { reader, files, place }: Sampled): Promise<readonly string[]> {
  const { meter, log, signal, calls } = tools
  meter.enter('checking')
  const differing: string[] = []
  for (const [number, [tree, some]] of [...Map.groupBy(files, (file) => file.tree)].entries()) {
    const target = join(place, String(number))
    const entries = reader.walk(tree, { select: some.map(({ names }) => names), contents: true }, signal)
    await extractTree(
      entries,
      target,
      { calls, conflict: 'overwrite', carryOver, applyToRoot: false, safetyCopy: undefined, sync: false },
      {
        problem: (problem) => log.problem(problem),
        warning: ({ path, reason }) => log.line('debug', `${path}: ${reason}`),
      },
      signal,
    )
    for (const file of some) {
      signal.throwIfAborted()
      const path = [tree, ...file.names.map(bytesToPathText)].join('/')
      meter.working(path)
      const isSame = await comesBack(reader, file, target, signal)
      meter.counts.seen += 1
      if (isSame) {
        meter.counts.stored += 1
        meter.doneBytes += Number(file.sizeBytes)
        continue
      }
      meter.counts.failed += 1
      differing.push(path)
      log.line('error', `${path} did not come back as it is stored.`)
    }
  }
  return differing
}

async function comesBack(
  reader: SnapshotReader,
  { tree, names }: SampledFile,
  target: string,
  signal: AbortSignal,
): Promise<boolean> {
  const restored = Buffer.concat([Buffer.from(target), ...names.flatMap((name) => [Buffer.from(sep), name])])
  try {
    const [once, again] = await Promise.all([
      digestOf(createReadStream(restored, { signal })),
      digestOf(reader.content(tree, names, { offset: 0n }, signal)),
    ])
    return once === again
  } catch (error) {
    signal.throwIfAborted()
    // Not there, damaged, or not readable: whatever it is, the file did not come back.
    if (error instanceof HoldfastError || (error instanceof Error && 'code' in error)) return false
    throw error
  }
}

async function digestOf(bytes: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash('sha256')
  for await (const piece of bytes) hash.update(piece)
  return hash.digest('hex')
}

async function freshFolder(parent: string, name: string): Promise<string> {
  await mkdir(parent, { recursive: true, mode: 0o700 })
  for (const other of await readdir(parent)) {
    const { mtimeMs } = await stat(join(parent, other))
    if (Date.now() - mtimeMs > leftoverAfterMs) await rm(join(parent, other), { recursive: true, force: true })
  }
  const place = join(parent, name)
  await mkdir(place, { mode: 0o700 })
  return place
}
