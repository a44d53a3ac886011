import type { SnapshotRef } from '../../../src-shared/model/snapshot.ts'
import { listNamespaces } from '../../engines/pbs/client/management/datastores.ts'
import { startVerify } from '../../engines/pbs/client/management/maintenance.ts'
import { listSnapshots, refOf } from '../../engines/pbs/client/management/snapshots.ts'
import { requireSuccess, waitForTask } from '../../engines/pbs/client/management/tasks.ts'
import type { PbsApi } from '../../engines/pbs/client/pbs-api.ts'
import { formatSnapshotRef } from '../../storage/datastore/layout.ts'
import { filesInRanges } from '../pxar-snapshot/files-in-ranges.ts'
import type { SnapshotReader, StoredSnapshot, VerifyObserver, VerifyOptions, VerifyResult } from '../repository.ts'
import { ChunkCounter, readIndex } from './chunk-counter.ts'
import { damagedArchives } from './damaged-archives.ts'
import { listStored } from './listing.ts'
import { VerifyLog } from './verify-log.ts'
import { VerifyProgress } from './verify-progress.ts'

export interface VerifyTools {
  readonly api: PbsApi
  readonly datastore: string
  readonly namespace: string
  /** Unix milliseconds. */
  readonly now: () => number
  /** To find out which files a damaged chunk touches. */
  readonly open: (ref: SnapshotRef, signal: AbortSignal) => Promise<SnapshotReader>
}

interface Hearing {
  readonly observer: VerifyObserver
  readonly signal: AbortSignal
}

const DAY_MS = 86_400_000

/**
 * Lets the server verify. Which files a damaged chunk touches is found out here: the server names chunks, and cannot look
 * into what is encrypted.
 */
export async function verifyOnServer(
  tools: VerifyTools,
  options: VerifyOptions,
  hearing: Hearing,
): Promise<VerifyResult> {
  const { observer, signal } = hearing
  const wanted = await wantedSnapshots(tools, options, signal)
  observer.total(
    wanted.length,
    wanted.reduce((sum, snapshot) => sum + sizeOf(snapshot), 0n),
  )
  const log = new VerifyLog(observer)
  const failed = (await verifyAtOnce(tools, { wanted, options, log }, hearing))
    ? await failuresAmong(tools, wanted, hearing)
    : await verifySingly(tools, { wanted, log }, hearing)
  const counter = new ChunkCounter(tools, signal)
  for (const snapshot of wanted) await counter.add(snapshot)
  const affected: { ref: SnapshotRef; files: readonly string[] }[] = []
  for (const snapshot of failed) affected.push(await traceDamage(tools, snapshot, { log, observer, signal }))
  return { snapshots: wanted.length, chunks: counter.count, corrupt: [...log.corrupt], affected }
}

interface Verification {
  readonly wanted: readonly StoredSnapshot[]
  readonly log: VerifyLog
}

/**
 * All in one task when that means the same: within one the server reads each chunk once, however many snapshots have it.
 * False when only some are wanted, or the age that counts as fresh cannot be said in whole days.
 */
async function verifyAtOnce(
  { api, datastore, namespace, now }: VerifyTools,
  { wanted, options, log }: Verification & { readonly options: VerifyOptions },
  { observer, signal }: Hearing,
): Promise<boolean> {
  const { snapshots, skipVerifiedSince } = options
  if (snapshots !== undefined) return false
  // Rounded down, so that rather more is verified.
  const days = skipVerifiedSince === undefined ? undefined : Math.floor((now() - skipVerifiedSince) / DAY_MS)
  if (days !== undefined && days < 1) return false
  const scope = { store: datastore, namespace, outdatedAfterDays: days }
  const progress = new VerifyProgress(wanted, observer)
  const onLine = (line: string) => {
    progress.add(line)
    log.add(line)
    observer.said?.(line)
  }
  await runTask(api, await startVerify(api, scope, signal), { onLine, signal })
  progress.end()
  return true
}

/** One task each. Returns those that are damaged. */
async function verifySingly(
  { api, datastore }: VerifyTools,
  { wanted, log }: Verification,
  { observer, signal }: Hearing,
): Promise<readonly StoredSnapshot[]> {
  const failed: StoredSnapshot[] = []
  for (const snapshot of wanted) {
    const { ref } = snapshot
    const upid = await startVerify(api, { store: datastore, ref, namespace: ref.namespace }, signal)
    const onLine = (line: string) => {
      log.add(line)
      observer.said?.(line)
    }
    const isOk = await runTask(api, upid, { onLine, signal })
    if (!isOk) failed.push(snapshot)
    observer.checked(Number(sizeOf(snapshot)))
    observer.snapshotDone(ref, isOk)
  }
  return failed
}

async function runTask(
  api: PbsApi,
  upid: string,
  hearing: { readonly onLine: (line: string) => void; readonly signal: AbortSignal },
): Promise<boolean> {
  const status = await waitForTask(api, upid, hearing)
  if (status === 'OK') return true
  // Damage is a result; a task that could not do its work is a failure.
  if (!/verification failed/i.test(status)) requireSuccess(status)
  return false
}

/** What the server has noted about each now. */
async function failuresAmong(
  { api, datastore: store, namespace: parent }: VerifyTools,
  wanted: readonly StoredSnapshot[],
  { observer, signal }: Hearing,
): Promise<readonly StoredSnapshot[]> {
  const states = new Map<string, string | undefined>()
  for (const namespace of await listNamespaces(api, { store, parent }, signal)) {
    for (const item of await listSnapshots(api, { store, namespace }, signal)) {
      states.set(keyOf(refOf(item, namespace)), item.verification?.state)
    }
  }
  const failed: StoredSnapshot[] = []
  for (const snapshot of wanted) {
    const isOk = states.get(keyOf(snapshot.ref)) !== 'failed'
    if (!isOk) failed.push(snapshot)
    observer.snapshotDone(snapshot.ref, isOk)
  }
  return failed
}

async function traceDamage(
  tools: VerifyTools,
  { ref, archives }: StoredSnapshot,
  { log, observer, signal }: Hearing & { readonly log: VerifyLog },
): Promise<VerifyResult['affected'][number]> {
  const name = formatSnapshotRef(ref)
  const report = { corrupt: log.corrupt, lines: log.linesAbout(name) }
  const read = (filename: string) => readIndex(tools, { ref, filename }, signal)
  const damaged = await damagedArchives(archives, report, read)
  // Servers need not say which chunk it was; that something is damaged must not be lost over that.
  for (const { filename } of damaged.filter(({ isWhole }) => isWhole)) {
    log.corrupt.add(`${name}/${filename}`)
    observer.corrupt({ filename, reason: report.lines.find((line) => line.includes(filename)) ?? '' })
  }
  if (damaged.length === 0) log.corrupt.add(name)
  return { ref, files: await filesInRanges(ref, damaged, tools.open, signal) }
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

function sizeOf({ archives }: StoredSnapshot): bigint {
  return archives.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0n)
}

function keyOf({ namespace, type, backupId, time }: SnapshotRef): string {
  return JSON.stringify([namespace, type, backupId, time])
}
