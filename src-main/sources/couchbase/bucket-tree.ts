import { HoldfastError } from '../../../src-shared/errors.ts'
import type { FileContent, TreeEntry } from '../../archive/tree.ts'
import { asHoldfastError } from '../../engines/couchbase/client/failures.ts'
import { makeReport } from '../../engines/couchbase/client/make-report.ts'
import { CONFIG_FILE, MANIFESTS_FOLDER, REPORT_FILE, type VbucketRow } from '../../engines/couchbase/stored-report.ts'
import { mapOrdered } from '../../storage/map-ordered.ts'
import type { SourceCounts, SourceObserver } from '../source.ts'
import { memoryContent } from './spooled-content.ts'
import { type IntakeOptions, type TakenFile, type TakenVbucket, VbucketIntake } from './vbucket-intake.ts'
import { compareNames, fileEntry, folderEntries, folderEntry, type PlacedFile } from './vbucket-tree.ts'

export interface BucketTreeOptions extends IntakeOptions {
  readonly parallelVbuckets: number
  readonly observer: SourceObserver
  /** Ends what is under way when the tree is not read to its end. */
  readonly stop: (reason: unknown) => void
}

interface Taken {
  readonly row: VbucketRow
  readonly vbucket?: TakenVbucket | undefined
}

/**
 * A bucket as a tree: a folder of files for each vbucket, the cluster's configuration, and at the end what is new in
 * every run, the manifests (`manifests/<vbid>.json`) and the report: among the files they would keep those from being
 * found again in one piece. A few vbuckets are fetched ahead, each whole before the first of its files is handed over.
 */
export class BucketTree {
  readonly #options: BucketTreeOptions
  readonly #intake: VbucketIntake
  readonly #rows: VbucketRow[] = []
  readonly #startedAt: number
  #seen = 0
  #failed = 0

  constructor(options: BucketTreeOptions) {
    this.#options = options
    this.#intake = new VbucketIntake(options)
    this.#startedAt = options.now()
  }

  counts(): SourceCounts {
    return { seen: this.#seen, handedOver: this.#seen - this.#failed, skipped: 0, failed: this.#failed }
  }

  async *entries(): AsyncGenerator<TreeEntry, void, undefined> {
    const { client, now } = this.#options
    const mtimeNs = BigInt(this.#startedAt) * 1_000_000n
    yield* this.#count([folderEntry('', mtimeNs)])
    const manifests: PlacedFile[] = []
    for await (const { row, vbucket } of this.#taken()) {
      this.#rows.push(row)
      if (vbucket === undefined) continue
      const files = vbucket.files.map((file) => this.#place(file, row))
      yield* this.#count(folderEntries(String(row.vbid), files, mtimeNs))
      await vbucket.done()
      if (row.outcome === 'stored') manifests.push(inMemory(`${row.vbid}.json`, vbucket.manifestBytes, mtimeNs))
    }
    if (this.#rows.every(({ outcome }) => outcome !== 'stored')) {
      throw new HoldfastError('couchbase/incomplete', { detail: this.#rows[0]?.problem ?? 'It has no vbuckets.' })
    }
    const times = { startedAt: this.#startedAt, finishedAt: now() }
    const report = Buffer.from(JSON.stringify(makeReport(client.config, this.#rows, times), undefined, 1))
    yield* this.#count([fileEntry(CONFIG_FILE, inMemory(CONFIG_FILE, client.configBytes, mtimeNs))])
    yield* this.#count(folderEntries(MANIFESTS_FOLDER, manifests, mtimeNs))
    yield* this.#count([fileEntry(REPORT_FILE, inMemory(REPORT_FILE, report, mtimeNs))])
    yield { kind: 'leave' }
  }

  /** Also what a run that was cancelled had taken. */
  async close(): Promise<void> {
    await this.#intake.close()
  }

  /** In the order of names. Whoever stops reading ends what is under way: some of it waits for what was not read. */
  async *#taken(): AsyncGenerator<Taken, void, undefined> {
    const { client, parallelVbuckets, stop, signal } = this.#options
    const vbids = client.config.owners.map((_, vbid) => vbid).sort((a, b) => compareNames(`${a}`, `${b}`))
    const turns = vbids.entries()
    let isRead = true
    try {
      for await (const taken of mapOrdered(turns, parallelVbuckets, ([turn, vbid]) => this.#take(vbid, turn))) {
        isRead = false
        try {
          yield taken
          isRead = true
        } finally {
          if (!isRead) stop(new Error('nobody reads on'))
        }
      }
    } catch (error) {
      throw signal.aborted ? signal.reason : error // the first failure, not what it has ended
    }
  }

  async #take(vbid: number, turn: number): Promise<Taken> {
    const { signal, stop } = this.#options
    try {
      const vbucket = await this.#intake.take(vbid, turn)
      if (vbucket === undefined) return this.#absent(vbid, 'no-active-copy', 'No node has an active copy.')
      return { row: vbucket.row, vbucket }
    } catch (error) {
      signal.throwIfAborted()
      const failure = asHoldfastError(error, undefined)
      try {
        await this.#requireOthers(failure)
      } catch (fatal) {
        stop(fatal)
        throw fatal
      }
      return this.#absent(vbid, 'failed', failure instanceof Error ? failure.message : String(failure))
    }
  }

  #absent(vbid: number, outcome: 'no-active-copy' | 'failed', problem: string): Taken {
    this.#seen += 1
    this.#failed += 1
    this.#options.observer.problem({ path: `/${vbid}`, outcome: 'failed', reason: problem })
    return { row: { vbid, outcome, problem, files: [], deks: [] } }
  }

  #place(taken: TakenFile, row: VbucketRow): PlacedFile {
    const { file, sha512, changedAt, permissions } = taken
    return {
      path: file.path,
      sizeBytes: file.sizeBytes,
      permissions,
      mtimeNs: BigInt(changedAt) * 1_000_000n,
      sha512,
      open: () => this.#open(taken, row),
    }
  }

  /** What should not have been read, and cannot be, fails alone: nothing of it has been written. */
  async #open({ file, open }: TakenFile, row: VbucketRow): Promise<FileContent> {
    const { signal, observer } = this.#options
    try {
      return await open()
    } catch (cause) {
      signal.throwIfAborted()
      await this.#requireOthers(cause)
      this.#failed += 1
      const reason = cause instanceof Error ? cause.message : String(cause)
      row.outcome = 'failed'
      row.problem ??= `${file.path}: ${reason}`
      observer.problem({ path: `/${row.vbid}/${file.path}`, outcome: 'failed', reason })
      throw new HoldfastError('file/unreadable', { detail: `${row.vbid}/${file.path}: ${reason}`, cause })
    }
  }

  /** Throws what concerns all vbuckets: rights, the disk here, no node that answers. A node that is gone costs its own. */
  async #requireOthers(failure: unknown): Promise<void> {
    const { client, signal } = this.#options
    const code = failure instanceof HoldfastError ? failure.code : undefined
    if (code === 'couchbase/denied' || code === 'disk/full' || code === 'disk/read-only') throw failure
    if (code === 'couchbase/unreachable' && !(await client.refresh(signal))) throw failure
  }

  *#count(entries: Iterable<TreeEntry>): Generator<TreeEntry> {
    for (const entry of entries) {
      if (entry.kind !== 'leave') this.#seen += 1
      yield entry
    }
  }
}

function inMemory(path: string, bytes: Uint8Array, mtimeNs: bigint): PlacedFile {
  return { path, sizeBytes: BigInt(bytes.length), permissions: 0o644, mtimeNs, open: () => memoryContent(bytes) }
}
