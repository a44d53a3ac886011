import { createHash } from 'node:crypto'
import { HoldfastError } from '../../../src-shared/errors.ts'
import type { Digest } from '../../../src-shared/model/digest.ts'
import type { SnapshotRef } from '../../../src-shared/model/snapshot.ts'
import { inspectBlob, MAX_BLOB_PLAIN_BYTES } from '../blob.ts'
import type { ChunkIndex } from '../chunk-index.ts'
import { type Manifest, type ManifestFile, parseManifest } from '../manifest.ts'
import { MANIFEST_NAME } from './layout.ts'
import { parseIndex } from './parse-index.ts'
import type { VerifiedStore } from './verified-store.ts'
import type { ChunkOpener, ChunkVerifier } from './verify-chunks.ts'

/** Where the files of a snapshot are read from. */
type SnapshotFiles = Pick<VerifiedStore, 'readFile'>

/** Something wrong with a snapshot: with its manifest, with one of its files, or with a chunk of it. */
export interface SnapshotProblem {
  readonly filename: string
  readonly digest?: Digest | undefined
  readonly reason: string
}

export interface VerifySnapshotRun {
  readonly options: {
    openerFor(keyFingerprint: string | undefined): ChunkOpener | undefined
    readonly observer?: { archive?(ref: SnapshotRef, filename: string, sizeBytes: bigint): void } | undefined
  }
  readonly chunks: ChunkVerifier
  readonly signal: AbortSignal
  report(problem: SnapshotProblem): void
}

/** Header and authentication tag on top of the data. */
const MAX_BLOB_FILE_BYTES = MAX_BLOB_PLAIN_BYTES + 1024

/** Checks one snapshot and reports what is wrong. Throws `snapshot/unknown` when it vanished. */
export async function verifySnapshot(store: SnapshotFiles, ref: SnapshotRef, run: VerifySnapshotRun): Promise<void> {
  const manifest = await attempt(MANIFEST_NAME, run, async () =>
    parseManifest(await store.readFile(ref, MANIFEST_NAME)),
  )
  if (manifest === undefined) return
  if (!isOf(manifest, ref)) {
    run.report({ filename: MANIFEST_NAME, reason: 'The manifest belongs to another snapshot.' })
    return
  }
  const opener = run.options.openerFor(manifest.unprotected['key-fingerprint']?.toLowerCase())
  for (const file of manifest.files) {
    run.signal.throwIfAborted()
    await attempt(file.filename, run, async () => {
      if (file.filename.endsWith('.blob')) await verifyBlob(store, ref, file)
      else await verifyArchive(store, ref, { file, opener, run })
    })
  }
}

function isOf(manifest: Manifest, ref: SnapshotRef): boolean {
  const { 'backup-type': type, 'backup-id': id, 'backup-time': time } = manifest
  return type === ref.type && id === ref.backupId && time === ref.time
}

async function verifyBlob(store: SnapshotFiles, ref: SnapshotRef, { filename, size, csum }: ManifestFile) {
  const blob = await store.readFile(ref, filename, { maxBytes: MAX_BLOB_FILE_BYTES })
  if (BigInt(blob.length) !== size) throw damage('blob/corrupt', `${blob.length} bytes instead of ${size}.`)
  if (createHash('sha256').update(blob).digest('hex') !== csum) throw damage('blob/corrupt', 'Another checksum.')
  inspectBlob(blob)
}

interface ArchiveParts {
  readonly file: ManifestFile
  readonly opener: ChunkOpener | undefined
  readonly run: VerifySnapshotRun
}

async function verifyArchive(
  store: SnapshotFiles,
  ref: SnapshotRef,
  { file, opener, run }: ArchiveParts,
): Promise<void> {
  const { filename, size, csum } = file
  const index = parseIndex(filename, await store.readFile(ref, filename))
  if (index.sizeBytes !== size)
    throw damage('index/corrupt', `It describes ${index.sizeBytes} bytes instead of ${size}.`)
  if (index.csum() !== csum) throw damage('index/corrupt', 'Another checksum.')
  run.options.observer?.archive?.(ref, filename, size)
  await run.chunks.check({
    index,
    isEncrypted: file['crypt-mode'] === 'encrypt',
    // A plain chunk needs no key, an encrypted one the key of the manifest.
    opener: file['crypt-mode'] === 'encrypt' ? opener : (run.options.openerFor(undefined) ?? opener),
    problem: (digest, reason) => run.report({ filename, digest, reason }),
  })
  reportCorrupt(index, filename, run)
}

/** Each corrupt chunk of the archive once, whichever archive it was found in. */
function reportCorrupt(index: ChunkIndex, filename: string, { chunks, report }: VerifySnapshotRun): void {
  if (chunks.corrupt.size === 0) return
  const reported = new Set<Digest>()
  for (let position = 0; position < index.count; position++) {
    const digest = index.digestAt(position)
    const corrupt = chunks.corrupt.get(digest)
    if (corrupt === undefined || reported.has(digest)) continue
    reported.add(digest)
    report({ filename, digest, reason: corrupt.reason })
  }
}

/** What is damaged or missing is reported; everything else, such as an abort, is thrown. */
async function attempt<Result>(
  filename: string,
  { report }: VerifySnapshotRun,
  check: () => Promise<Result>,
): Promise<Result | undefined> {
  try {
    return await check()
  } catch (error) {
    if (!(error instanceof HoldfastError) || !reported.has(error.code)) throw error
    report({ filename, reason: error.message })
    return undefined
  }
}

/** Failures that are findings. */
const reported: ReadonlySet<string> = new Set([
  'blob/corrupt',
  'index/corrupt',
  'manifest/corrupt',
  'path/not-found',
  'input/invalid', // a manifest that lists names which cannot be files
])

function damage(code: 'blob/corrupt' | 'index/corrupt', detail: string): HoldfastError {
  return new HoldfastError(code, { detail })
}
