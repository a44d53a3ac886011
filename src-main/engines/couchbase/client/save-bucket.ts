import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { HoldfastError } from '../../../../src-shared/errors.ts'
import { replaceFile, syncFolder } from '../../../storage/datastore/durable-file.ts'
import { forEachBounded } from '../../../storage/datastore/for-each-bounded.ts'
import { formatAddress, parseAddress } from '../cluster/node-address.ts'
import { type BucketReport, CONFIG_FILE, REPORT_FILE, type VbucketRow } from '../stored-report.ts'
import { BucketClient, type BucketClientOptions } from './bucket-client.ts'
import { makeReport } from './make-report.ts'
import { SaveJournal } from './save-journal.ts'
import { saveVbucket } from './save-vbucket.ts'
import { releaseSnapshot } from './snapshot-requests.ts'

export interface SaveBucketOptions extends BucketClientOptions {
  /** Made when it is not there. One that an earlier run did not finish is gone on with. */
  readonly folder: string
  /** Vbuckets of a node at once. */
  readonly lanesPerNode?: number | undefined
  readonly leftovers?: 'release' | 'use' | undefined
  /** Bytes between two fsyncs of a file. */
  readonly fsyncIntervalBytes?: number | undefined
  readonly now?: (() => number) | undefined
  readonly onProgress?: ((progress: { readonly vbid: number; readonly bytes: number }) => void) | undefined
}

/** The reference allows four readers a node (spec couchbase §7). */
const LANES_PER_NODE = 4
const MAX_NODES_AT_ONCE = 32
const FSYNC_INTERVAL_BYTES = 50 << 20
const JOURNAL_FILE = 'journal.jsonl'

/**
 * Takes a snapshot of every vbucket of a bucket into a folder: `<vbid>/manifest.json` with the files beside it, the
 * cluster's configuration, and last of all a report. A vbucket that fails is reported and does not stop the others.
 *
 * @throws HoldfastError for what concerns all of them: credentials, a full disk, no node that answers
 */
export async function saveBucket(options: SaveBucketOptions, signal: AbortSignal): Promise<BucketReport> {
  const { folder, now = Date.now, lanesPerNode = LANES_PER_NODE } = options
  const startedAt = now()
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const client = await BucketClient.open(options, signal)
  const journal = await SaveJournal.open(path.join(folder, JOURNAL_FILE))
  const rows = new Map<number, VbucketRow>(journal.stored)
  const tools = {
    client,
    journal,
    folder,
    leftovers: options.leftovers ?? 'release',
    fsyncIntervalBytes: options.fsyncIntervalBytes ?? FSYNC_INTERVAL_BYTES,
    now,
    onProgress: options.onProgress ?? (() => undefined),
  }
  try {
    const { config } = client
    await forEachBounded(groupByNode(client, rows), MAX_NODES_AT_ONCE, async (vbids) => {
      let down: string | undefined
      await forEachBounded(vbids, lanesPerNode, async (vbid) => {
        const row = down ? failed(vbid, down) : await saveOrReport(vbid, tools, signal)
        if (row.isUnreachable) down = row.row.problem
        rows.set(vbid, row.row)
      })
    })
    await releaseLeft(client, journal, signal)
    const report = makeReport(config, [...rows.values()], { startedAt, finishedAt: now() })
    const write = { mode: 0o600, isDurable: true }
    await replaceFile(path.join(folder, CONFIG_FILE), client.configBytes, write)
    await replaceFile(path.join(folder, REPORT_FILE), Buffer.from(JSON.stringify(report, undefined, 1)), write)
    await syncFolder(folder)
    if (report.isComplete) await journal.remove()
    return report
  } finally {
    await journal.close()
    client.close()
  }
}

interface Outcome {
  readonly row: VbucketRow
  /** Its node has been given up: there is no sense in waiting as long for the next one. */
  readonly isUnreachable: boolean
}

async function saveOrReport(
  vbid: number,
  tools: Parameters<typeof saveVbucket>[1],
  signal: AbortSignal,
): Promise<Outcome> {
  try {
    return { row: await saveVbucket(vbid, tools, signal), isUnreachable: false }
  } catch (error) {
    signal.throwIfAborted()
    const code = error instanceof HoldfastError ? error.code : undefined
    if (code === 'disk/full' || code === 'disk/read-only' || code === 'couchbase/denied') throw error
    const problem = error instanceof Error ? error.message : String(error)
    return { ...failed(vbid, problem), isUnreachable: code === 'couchbase/unreachable' }
  }
}

function failed(vbid: number, problem: string): Outcome {
  return { row: { vbid, outcome: 'failed', problem, files: [], deks: [] }, isUnreachable: false }
}

/** Those that are not stored yet, by the node that has them now. */
function groupByNode(client: BucketClient, done: ReadonlyMap<number, VbucketRow>): Iterable<readonly number[]> {
  const groups = new Map<string, number[]>()
  client.config.owners.forEach((owner, vbid) => {
    if (done.has(vbid)) return
    const key = owner ? formatAddress(owner) : ''
    const group = groups.get(key)
    if (group) group.push(vbid)
    else groups.set(key, [vbid])
  })
  return groups.values()
}

/** Nodes keep snapshots until they are told otherwise: also those of a run that was cut off. */
async function releaseLeft(client: BucketClient, journal: SaveJournal, signal: AbortSignal): Promise<void> {
  for (const [uuid, node] of journal.prepared) {
    signal.throwIfAborted()
    const address = parseAddress(node)
    if (address === undefined) continue
    try {
      await releaseSnapshot(await client.link(address).control(signal), { uuid }, signal)
      await journal.write({ type: 'released', uuid })
    } catch {
      signal.throwIfAborted() // the node may be gone for good; the journal still knows
    }
  }
}
