import { HoldfastError } from '../../../src-shared/errors.ts'
import type { SnapshotRef } from '../../../src-shared/model/snapshot.ts'
import { startVerify } from '../../engines/pbs/client/management/maintenance.ts'
import { downloadFile } from '../../engines/pbs/client/management/snapshots.ts'
import { requireSuccess, waitForTask } from '../../engines/pbs/client/management/tasks.ts'
import type { PbsApi } from '../../engines/pbs/client/pbs-api.ts'
import type { ChunkIndex } from '../../storage/chunk-index.ts'
import { DigestSet } from '../../storage/datastore/digest-set.ts'
import { formatSnapshotRef, isDigest } from '../../storage/datastore/layout.ts'
import { parseIndex } from '../../storage/datastore/parse-index.ts'
import { filesInRanges } from '../pxar-snapshot/files-in-ranges.ts'
import type { SnapshotReader, StoredSnapshot, VerifyObserver, VerifyOptions, VerifyResult } from '../repository.ts'
import { damagedArchives } from './damaged-archives.ts'
import { listStored } from './listing.ts'

export interface VerifyTools {
  readonly api: PbsApi
  readonly datastore: string
  readonly namespace: string
  /** To find out which files a damaged chunk touches. */
  readonly open: (ref: SnapshotRef, signal: AbortSignal) => Promise<SnapshotReader>
}

/** Beyond that, chunks are counted again in each snapshot that has them. */
const MAX_COUNTED = 1 << 24
/** More are not for a person to read. */
const MAX_DIGESTS = 100_000
const MAX_LINES = 1000
const DIGEST_IN_LINE = /\b[0-9a-f]{64}\b/g
/** Lines that tell of damage; the words are the server's own. */
const TELLS_DAMAGE =
  /corrupt|fail|can't|cannot|unable|missing|error|wrong|unexpected|mismatch|does not match|has checksum/i

/**
 * Lets the server verify, one snapshot after the other, so that there is a state to tell after each. Which files a damaged
 * chunk touches is found out here: the server names chunks, and cannot look into what is encrypted.
 */
export async function verifyOnServer(
  tools: VerifyTools,
  options: VerifyOptions,
  { observer, signal }: { readonly observer: VerifyObserver; readonly signal: AbortSignal },
): Promise<VerifyResult> {
  const wanted = await wantedSnapshots(tools, options, signal)
  observer.total(
    wanted.length,
    wanted.reduce((sum, snapshot) => sum + sizeOf(snapshot), 0n),
  )
  const counter = new ChunkCounter(tools, signal)
  const corrupt = new Set<string>()
  const affected: { ref: SnapshotRef; files: readonly string[] }[] = []
  for (const snapshot of wanted) {
    const lines: string[] = []
    const isOk = await verifyOne(tools, snapshot.ref, { observer, signal, corrupt, lines })
    await counter.add(snapshot)
    observer.checked(Number(sizeOf(snapshot)))
    observer.snapshotDone(snapshot.ref, isOk)
    if (isOk) continue
    const read = (filename: string) => readIndex(tools, { ref: snapshot.ref, filename }, signal)
    const damaged = await damagedArchives(snapshot.archives, { corrupt, lines }, read)
    // Servers need not say which chunk it was; that something is damaged must not be lost over that.
    for (const { filename } of damaged.filter(({ isWhole }) => isWhole)) {
      corrupt.add(`${formatSnapshotRef(snapshot.ref)}/${filename}`)
      observer.corrupt({ filename, reason: lines.find((line) => line.includes(filename)) ?? '' })
    }
    if (damaged.length === 0) corrupt.add(formatSnapshotRef(snapshot.ref))
    affected.push({ ref: snapshot.ref, files: await filesInRanges(snapshot.ref, damaged, tools.open, signal) })
  }
  return { snapshots: wanted.length, chunks: counter.count, corrupt: [...corrupt], affected }
}

interface Verifying {
  readonly observer: VerifyObserver
  readonly signal: AbortSignal
  readonly corrupt: Set<string>
  readonly lines: string[]
}

async function verifyOne(
  { api, datastore }: VerifyTools,
  ref: SnapshotRef,
  { observer, signal, corrupt, lines }: Verifying,
): Promise<boolean> {
  const upid = await startVerify(api, { store: datastore, ref, namespace: ref.namespace }, signal)
  const onLine = (line: string) => {
    if (!TELLS_DAMAGE.test(line)) return
    if (lines.length < MAX_LINES) lines.push(line)
    for (const [digest] of line.matchAll(DIGEST_IN_LINE)) {
      if (!isDigest(digest) || corrupt.has(digest) || corrupt.size >= MAX_DIGESTS) continue
      corrupt.add(digest)
      observer.corrupt({ digest, reason: line })
    }
  }
  const status = await waitForTask(api, upid, { onLine, signal })
  if (status === 'OK') return true
  // Damage is a result; a task that could not do its work is a failure.
  if (!/verification failed/i.test(status)) requireSuccess(status)
  return false
}

async function wantedSnapshots(
  { api, datastore, namespace }: VerifyTools,
  { snapshots, skipVerifiedSince }: VerifyOptions,
  signal: AbortSignal,
): Promise<readonly StoredSnapshot[]> {
  const named = snapshots === undefined ? undefined : new Set(snapshots.map(keyOf))
  const isFresh = ({ verify }: StoredSnapshot) =>
    skipVerifiedSince !== undefined && verify?.state === 'ok' && verify.at >= skipVerifiedSince
  const wanted: StoredSnapshot[] = []
  for await (const stored of listStored(api, { datastore, namespace }, signal)) {
    if ((named === undefined || named.has(keyOf(stored.ref))) && !isFresh(stored)) wanted.push(stored)
  }
  return wanted
}

/** Counts chunks by the indexes, each of which is fetched once, however many snapshots have the same. */
class ChunkCounter {
  readonly #tools: VerifyTools
  readonly #signal: AbortSignal
  readonly #indexes = new Set<string>()
  readonly #digests = new DigestSet(MAX_COUNTED)
  count = 0

  constructor(tools: VerifyTools, signal: AbortSignal) {
    this.#tools = tools
    this.#signal = signal
  }

  async add({ ref, archives }: StoredSnapshot): Promise<void> {
    for (const { filename, csum } of archives) {
      if (filename.endsWith('.blob') || this.#indexes.has(csum)) continue
      try {
        const index = await readIndex(this.#tools, { ref, filename }, this.#signal)
        this.#indexes.add(csum)
        for (const { digest } of index) if (this.#digests.add(digest)) this.count++
      } catch (error) {
        // Damage was told by the server; what cannot be read cannot be counted.
        if (!(error instanceof HoldfastError) || error.code === 'repository/unreachable') throw error
      }
    }
  }
}

async function readIndex(
  { api, datastore }: VerifyTools,
  { ref, filename }: { readonly ref: SnapshotRef; readonly filename: string },
  signal: AbortSignal,
): Promise<ChunkIndex> {
  return parseIndex(filename, await downloadFile(api, { store: datastore, ref, filename }, signal))
}

function sizeOf({ archives }: StoredSnapshot): bigint {
  return archives.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0n)
}

function keyOf({ namespace, type, backupId, time }: SnapshotRef): string {
  return JSON.stringify([namespace, type, backupId, time])
}
