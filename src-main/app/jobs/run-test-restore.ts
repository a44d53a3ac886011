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
import { findStoredCanaries, type StoredCanary } from '../trust/stored-canaries.ts'
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
 * each once more straight from the repository and compares. The canaries of the plan are among them and are compared with
 * what was planted. The folder is removed however it ends. Throws `restore/untrue` when a file did not come back as it is
 * stored, `restore/canary` when a canary was not stored as it must be.
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
      const canaries = await findStoredCanaries(reader, order.canaries ?? [], signal)
      const files = withCanaries(sample.files, canaries.found)
      meter.totalFiles = files.length
      meter.totalBytes = Number(files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0n))
      log.line('info', `Brings back ${files.length} files of ${formatSnapshotRef(known.ref)}.`)
      const { differing, touched } = await bringBack(tools, { reader, files, place })
      log.closeProblems()
      if (differing.length > 0) {
        throw new HoldfastError('restore/untrue', {
          detail: `${differing.length} of ${files.length}, the first is ${differing[0]}.`,
          hint: 'Verify the repository: it says what is damaged and which files are affected.',
        })
      }
      refuseCanaries(tools, touched, canaries.missing)
      return {
        summary: {
          doneBytes: meter.doneBytes,
          storedBytes: 0,
          restoreTest: { files: files.length, bytes: meter.doneBytes, differing: [], canaries: canaries.found.length },
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

/** The canaries come first, and none of them twice. */
function withCanaries(files: readonly SampledFile[], canaries: readonly StoredCanary[]): readonly TestedFile[] {
  const known = new Set(canaries.map(pathOf))
  return [...canaries, ...files.filter((file) => !known.has(pathOf(file)))]
}

/** What is stored came back; these were not stored as they were planted. */
function refuseCanaries({ log }: JobTools, touched: readonly string[], missing: readonly string[]): void {
  const sentences = [
    ...touched.map((path) => `The canary ${path} was changed before it was backed up.`),
    ...missing.map((path) => `The canary ${path} is not in the snapshot.`),
  ]
  for (const sentence of sentences) log.line('error', sentence)
  if (sentences.length === 0) return
  throw new HoldfastError('restore/canary', {
    detail: sentences.join(' '),
    hint: 'Compare this snapshot with an earlier one: what touched the canary may have touched other files.',
  })
}

/** A file with the digest it must have, where that is known from elsewhere. */
type TestedFile = SampledFile & { readonly sha256?: string }

interface Tested {
  readonly reader: SnapshotReader
  readonly files: readonly TestedFile[]
  readonly place: string
}

interface BroughtBack {
  /** Paths of what did not come back as it is stored. */
  readonly differing: readonly string[]
  /** Paths of canaries that came back as they are stored, but not as they were planted. */
  readonly touched: readonly string[]
}

async function bringBack(tools: JobTools, { reader, files, place }: Tested): Promise<BroughtBack> {
  const { meter, log, signal, calls } = tools
  meter.enter('checking')
  const differing: string[] = []
  const touched: string[] = []
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
      const path = pathOf(file)
      meter.working(path)
      const digest = await digestWhenSame(reader, file, target, signal)
      meter.counts.seen += 1
      if (digest !== undefined) {
        meter.counts.stored += 1
        meter.doneBytes += Number(file.sizeBytes)
        if (file.sha256 !== undefined && file.sha256 !== digest) touched.push(path)
        continue
      }
      meter.counts.failed += 1
      differing.push(path)
      log.line('error', `${path} did not come back as it is stored.`)
    }
  }
  return { differing, touched }
}

function pathOf({ tree, names }: SampledFile): string {
  return [tree, ...names.map(bytesToPathText)].join('/')
}

/** What was restored, if it is what is stored. */
async function digestWhenSame(
  reader: SnapshotReader,
  { tree, names }: SampledFile,
  target: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const restored = Buffer.concat([Buffer.from(target), ...names.flatMap((name) => [Buffer.from(sep), name])])
  try {
    const [once, again] = await Promise.all([
      digestOf(createReadStream(restored, { signal })),
      digestOf(reader.content(tree, names, { offset: 0n }, signal)),
    ])
    return once === again ? once : undefined
  } catch (error) {
    signal.throwIfAborted()
    // Not there, damaged, or not readable: whatever it is, the file did not come back.
    if (error instanceof HoldfastError || (error instanceof Error && 'code' in error)) return undefined
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
