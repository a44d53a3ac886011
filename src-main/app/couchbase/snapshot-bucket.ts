import { HoldfastError } from '../../../src-shared/errors.ts'
import { createExposedBucket } from '../../engines/couchbase/server/exposed-bucket.ts'
import type { ServedBucket, ServedFile } from '../../engines/couchbase/server/served-bucket.ts'
import { seqnosOf } from '../../engines/couchbase/server/stored-bucket.ts'
import { type BucketReport, MANIFESTS_FOLDER } from '../../engines/couchbase/stored-report.ts'
import { decodeManifest } from '../../engines/couchbase/wire/manifest.ts'
import type { SnapshotReader } from '../../repositories/repository.ts'
import { takeBytes } from '../services/file-text.ts'
import { readReportOf } from './report-of-snapshot.ts'

/** Of one vbucket (spec couchbase §8). */
const MAX_MANIFEST_BYTES = 16 << 20

export interface SnapshotBucket {
  readonly bucket: ServedBucket
  readonly report: BucketReport
}

/**
 * A bucket as a snapshot of a repository holds it, served from there: nothing is restored first. The reader has to stay open
 * for as long. Throws `input/invalid` for a snapshot of something else.
 */
export async function openSnapshotBucket(
  reader: SnapshotReader,
  name: string,
  signal: AbortSignal,
): Promise<SnapshotBucket> {
  const { tree, report } = await findReport(reader, signal)
  const stored = new Set(report.vbuckets.flatMap(({ vbid, outcome }) => (outcome === 'stored' ? [vbid] : [])))
  const seqnos = seqnosOf(report)
  const bucket = createExposedBucket({
    name,
    vbucketCount: report.vbucketCount,
    backend: report.backend,
    owns: (vbid) => stored.has(vbid),
    highSeqno: (vbid) => seqnos.get(vbid),
    async load(vbid) {
      if (!stored.has(vbid)) return undefined
      const path = [Buffer.from(MANIFESTS_FOLDER), Buffer.from(`${vbid}.json`)]
      const content = reader.content(tree, path, { offset: 0n }, signal)
      const manifest = decodeManifest((await takeBytes(content, MAX_MANIFEST_BYTES)).bytes)
      return { manifest, lastUsedAt: Date.now(), isComplete: true }
    },
    async openFile({ manifest: { vbid } }, file) {
      const path = [String(vbid), ...file.split('/')].map((part) => Buffer.from(part))
      const { kind } = await reader.stat(tree, path, signal)
      return kind === 'file' ? new StreamedFile((offset) => reader.content(tree, path, { offset }, signal)) : undefined
    },
    now: Date.now,
    close: () => Promise.resolve(),
  })
  return { bucket, report }
}

async function findReport(
  reader: SnapshotReader,
  signal: AbortSignal,
): Promise<{ readonly tree: string; readonly report: BucketReport }> {
  for (const tree of reader.trees) {
    const report = await readReportOf(reader, tree, signal)
    if (report !== undefined) return { tree, report }
  }
  throw new HoldfastError('input/invalid', { detail: 'This snapshot holds no bucket.' })
}

/** Content that comes forward, as a file that is read anywhere: whoever jumps begins it anew. */
class StreamedFile implements ServedFile {
  readonly #content: (offset: bigint) => AsyncIterable<Uint8Array>
  #pieces: AsyncIterator<Uint8Array> | undefined
  #rest: Uint8Array = new Uint8Array()
  #at = -1n

  constructor(content: (offset: bigint) => AsyncIterable<Uint8Array>) {
    this.#content = content
  }

  async read(into: Uint8Array, at: bigint): Promise<number> {
    if (at !== this.#at) {
      await this.close()
      this.#pieces = this.#content(at)[Symbol.asyncIterator]()
      this.#at = at
    }
    while (this.#rest.length === 0) {
      const next = await this.#pieces?.next()
      if (next === undefined || next.done) return 0
      this.#rest = next.value
    }
    const part = this.#rest.subarray(0, into.length)
    into.set(part)
    this.#rest = this.#rest.subarray(part.length)
    this.#at += BigInt(part.length)
    return part.length
  }

  async close(): Promise<void> {
    await this.#pieces?.return?.()
    this.#pieces = undefined
    this.#rest = new Uint8Array()
    this.#at = -1n
  }
}
