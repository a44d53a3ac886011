import { createHash } from 'node:crypto'
import { HoldfastError } from '../../../src-shared/errors.ts'
import type { TreeEntry } from '../../archive/tree.ts'
import type { BucketClient } from '../../engines/couchbase/client/bucket-client.ts'
import { asHoldfastError, SnapshotGoneError } from '../../engines/couchbase/client/failures.ts'
import { makeReport } from '../../engines/couchbase/client/make-report.ts'
import {
  prepareVbucket,
  readVbucketFile,
  releaseQuietly,
  type VbucketSnapshot,
} from '../../engines/couchbase/client/vbucket-snapshot.ts'
import { formatAddress } from '../../engines/couchbase/cluster/node-address.ts'
import { CONFIG_FILE, MANIFESTS_FOLDER, REPORT_FILE, type VbucketRow } from '../../engines/couchbase/stored-report.ts'
import type { SnapshotFile } from '../../engines/couchbase/wire/manifest.ts'
import { mapOrdered } from '../../storage/map-ordered.ts'
import type { SourceCounts, SourceObserver } from '../source.ts'
import { memoryContent, StreamContent } from './stream-content.ts'
import { compareNames, fileEntry, folderEntries, folderEntry, type PlacedFile } from './vbucket-tree.ts'

export interface BucketTreeOptions {
  readonly client: BucketClient
  readonly parallelVbuckets: number
  readonly leftovers: 'release' | 'use'
  readonly observer: SourceObserver
  readonly now: () => number
  readonly signal: AbortSignal
}

type Prepared = { readonly row: VbucketRow; readonly snapshot?: VbucketSnapshot | undefined }

/**
 * A bucket as a tree that is read off the nodes while it is written: a folder of files for each vbucket, the cluster's
 * configuration, and at the end what is new in every run, the manifests (`manifests/<vbid>.json`) and the report: among
 * the files they would keep those from being found again in one piece. A few vbuckets are prepared ahead; nothing is
 * kept on this disk.
 */
export class BucketTree {
  readonly #options: BucketTreeOptions
  /** Prepared and not released. */
  readonly #open = new Set<VbucketSnapshot>()
  readonly #rows: VbucketRow[] = []
  readonly #startedAt: number
  #seen = 0
  #failed = 0

  constructor(options: BucketTreeOptions) {
    this.#options = options
    this.#startedAt = options.now()
  }

  counts(): SourceCounts {
    return { seen: this.#seen, handedOver: this.#seen - this.#failed, skipped: 0, failed: this.#failed }
  }

  async *entries(): AsyncGenerator<TreeEntry, void, undefined> {
    const { client, parallelVbuckets } = this.#options
    const mtimeNs = BigInt(this.#startedAt) * 1_000_000n
    try {
      yield* this.#count([folderEntry('', mtimeNs)])
      const vbids = client.config.owners.map((_, vbid) => vbid).sort((a, b) => compareNames(`${a}`, `${b}`))
      const manifests: PlacedFile[] = []
      for await (const { row, snapshot } of mapOrdered(vbids, parallelVbuckets, (vbid) => this.#prepare(vbid))) {
        this.#rows.push(row)
        if (snapshot === undefined) continue
        yield* this.#count(folderEntries(String(row.vbid), this.#filesOf(snapshot, row), mtimeNs))
        await this.#release(snapshot)
        if (row.outcome === 'stored') manifests.push(inMemory(`${row.vbid}.json`, snapshot.manifestBytes, mtimeNs))
      }
      if (this.#rows.every(({ outcome }) => outcome !== 'stored')) {
        throw new HoldfastError('couchbase/incomplete', { detail: this.#rows[0]?.problem ?? 'It has no vbuckets.' })
      }
      const times = { startedAt: this.#startedAt, finishedAt: this.#options.now() }
      const report = Buffer.from(JSON.stringify(makeReport(client.config, this.#rows, times), undefined, 1))
      const texts = [[CONFIG_FILE, client.configBytes] as const, [REPORT_FILE, report] as const]
      const [config, ...rest] = texts.map(([name, bytes]) => fileEntry(name, inMemory(name, bytes, mtimeNs)))
      if (config) yield* this.#count([config])
      yield* this.#count(folderEntries(MANIFESTS_FOLDER, manifests, mtimeNs))
      yield* this.#count(rest)
      yield { kind: 'leave' }
    } finally {
      await this.releaseAll()
    }
  }

  /** Also what a run that was cancelled had prepared. */
  async releaseAll(): Promise<void> {
    for (const snapshot of this.#open) await this.#release(snapshot)
  }

  async #prepare(vbid: number): Promise<Prepared> {
    const { client, leftovers, signal, now } = this.#options
    try {
      const policy = { leftovers, own: new Set<string>(), now }
      const snapshot = await prepareVbucket(client, { vbid, policy }, signal)
      if (snapshot === undefined) return this.#absent(vbid, 'no-active-copy', 'No node has an active copy.')
      this.#open.add(snapshot)
      return { snapshot, row: rowOf(snapshot) }
    } catch (error) {
      signal.throwIfAborted()
      const failure = asHoldfastError(error, undefined)
      if (failure instanceof HoldfastError && failure.code === 'couchbase/denied') throw failure
      await this.#requireCluster(failure)
      return this.#absent(vbid, 'failed', failure instanceof Error ? failure.message : String(failure))
    }
  }

  #absent(vbid: number, outcome: 'no-active-copy' | 'failed', problem: string): Prepared {
    this.#seen += 1
    this.#failed += 1
    this.#options.observer.problem({ path: `/${vbid}`, outcome: 'failed', reason: problem })
    return { row: { vbid, outcome, problem, files: [], deks: [] } }
  }

  #filesOf(snapshot: VbucketSnapshot, row: VbucketRow): readonly PlacedFile[] {
    const { manifest, preparedAt } = snapshot
    const mtimeNs = BigInt(preparedAt) * 1_000_000n
    const place = (file: SnapshotFile, permissions: number): PlacedFile => ({
      path: file.path,
      sizeBytes: file.sizeBytes,
      permissions,
      // The same digest is the same file: nothing but the digest shall tell them apart, so that it is not read again.
      mtimeNs: file.sha512 === undefined ? mtimeNs : 0n,
      sha512: file.sha512,
      open: () => this.#read(snapshot, file, row),
    })
    return [...manifest.files.map((file) => place(file, 0o644)), ...manifest.deks.map((dek) => place(dek, 0o600))]
  }

  async #read(snapshot: VbucketSnapshot, file: SnapshotFile, row: VbucketRow): Promise<StreamContent> {
    try {
      return await StreamContent.open(this.#verified(snapshot, file, row))
    } catch (cause) {
      this.#options.signal.throwIfAborted()
      await this.#requireCluster(cause)
      // Nothing of it has been written: the backup goes on without this file.
      this.#failed += 1
      const reason = cause instanceof Error ? cause.message : String(cause)
      row.outcome = 'failed'
      row.problem ??= `${file.path}: ${reason}`
      this.#options.observer.problem({ path: `/${row.vbid}/${file.path}`, outcome: 'failed', reason })
      throw new HoldfastError('file/unreadable', { detail: `${row.vbid}/${file.path}: ${reason}`, cause })
    }
  }

  /** A node that is gone costs its vbuckets; without any there is nothing left to back up. */
  async #requireCluster(failure: unknown): Promise<void> {
    const { client, signal } = this.#options
    const isGone = failure instanceof HoldfastError && failure.code === 'couchbase/unreachable'
    if (isGone && !(await client.refresh(signal))) throw failure
  }

  /** What is not what the manifest says ends the backup: it has been written in part by then. */
  async *#verified(snapshot: VbucketSnapshot, file: SnapshotFile, row: VbucketRow): AsyncGenerator<Uint8Array> {
    const { client, signal } = this.#options
    const hash = createHash('sha512')
    try {
      for await (const piece of readVbucketFile(client, snapshot, { file, offset: 0n, signal })) {
        hash.update(piece)
        yield piece
      }
    } catch (error) {
      if (!(error instanceof SnapshotGoneError)) throw asHoldfastError(error, snapshot.node.address)
      throw new HoldfastError('couchbase/refused', {
        detail: `vbucket ${row.vbid} moved to another node while it was read.`,
        hint: 'Run the backup again when the rebalance is over.',
        cause: error,
      })
    }
    const sha512 = hash.digest('hex')
    if (file.sha512 !== undefined && file.sha512 !== sha512) {
      throw new HoldfastError('couchbase/damaged', { detail: `${row.vbid}/${file.path}` })
    }
    const stored = [...row.files, ...row.deks].find(({ path }) => path === file.path)
    if (stored) stored.sha512 = sha512
  }

  async #release(snapshot: VbucketSnapshot): Promise<void> {
    this.#open.delete(snapshot)
    await releaseQuietly(snapshot)
  }

  *#count(entries: Iterable<TreeEntry>): Generator<TreeEntry> {
    for (const entry of entries) {
      if (entry.kind !== 'leave') this.#seen += 1
      yield entry
    }
  }
}

function rowOf(snapshot: VbucketSnapshot): VbucketRow {
  const { manifest, node, seqno, preparedAt, isAgeUnknown, dialect } = snapshot
  const rows = (files: readonly SnapshotFile[]) =>
    files.map(({ path, sizeBytes, sha512 }) => ({ path, size: String(sizeBytes), sha512 }))
  return {
    vbid: manifest.vbid,
    outcome: 'stored',
    node: formatAddress(node.address),
    uuid: manifest.uuid,
    seqno: seqno === undefined ? undefined : String(seqno),
    preparedAt,
    isAgeUnknown: isAgeUnknown || undefined,
    dialect,
    files: rows(manifest.files),
    deks: rows(manifest.deks),
  }
}

function inMemory(path: string, bytes: Uint8Array, mtimeNs: bigint): PlacedFile {
  return { path, sizeBytes: BigInt(bytes.length), permissions: 0o644, mtimeNs, open: () => memoryContent(bytes) }
}
