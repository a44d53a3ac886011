import { HoldfastError } from '../../../../src-shared/errors.ts'
import { formatAddress } from '../cluster/node-address.ts'
import type { SnapshotFile } from '../wire/manifest.ts'
import type { BucketClient, NodeSnapshot } from './bucket-client.ts'
import { isWorthRetrying, StatusError } from './failures.ts'
import type { NodeLink } from './node-link.ts'
import { Patience } from './patience.ts'
import { readSnapshotFile } from './read-snapshot-file.ts'
import { askSeqnos, askSnapshotStatus, awaitPersistence, releaseSnapshot } from './snapshot-requests.ts'

/** A snapshot that lies ready on its node, and what is known of its age. */
export interface VbucketSnapshot extends NodeSnapshot {
  /** Everything up to this number is in it. Undefined when the node does not tell. */
  readonly seqno: bigint | undefined
  /** Unix milliseconds. */
  readonly preparedAt: number
  /** It was there before us, and nobody can say from when. */
  readonly isAgeUnknown: boolean
}

export interface PreparePolicy {
  /** What to do with a snapshot that somebody left behind: a fresh one in its place, or take it as it is (§9.5). */
  readonly leftovers: 'release' | 'use'
  /** Snapshots that an earlier run of ours has prepared. */
  readonly own: Pick<ReadonlySet<string>, 'has'>
  readonly now: () => number
}

/** Undefined when no node has the vbucket. Never releases what a rebalance may be using. */
export async function prepareVbucket(
  client: BucketClient,
  { vbid, policy }: { readonly vbid: number; readonly policy: PreparePolicy },
  signal: AbortSignal,
): Promise<VbucketSnapshot | undefined> {
  const before = await lookAt(client, vbid, signal)
  const preparedAt = policy.now()
  let snapshot = await client.prepare(vbid, signal)
  if (snapshot === undefined) return undefined
  // One that moved in between may have been there already: nobody has looked at that node.
  const isTaken = before.isTaken || before.node !== snapshot.node
  const isForeign = isTaken && !policy.own.has(snapshot.manifest.uuid)
  if (isForeign && policy.leftovers === 'release' && !client.config.isRebalancing) {
    await releaseSnapshot(await snapshot.node.control(signal), { vbid }, signal)
    snapshot = await client.prepare(vbid, signal)
    const seqno = before.node === snapshot?.node ? before.seqno : undefined
    return snapshot && { ...snapshot, seqno, preparedAt, isAgeUnknown: false }
  }
  // Also one of ours was made before we asked for the numbers.
  return { ...snapshot, seqno: isTaken ? undefined : before.seqno, preparedAt, isAgeUnknown: isForeign }
}

/** The bytes of one of its files from an offset on; goes on after lost connections. */
export function readVbucketFile(
  client: BucketClient,
  snapshot: NodeSnapshot,
  { file, offset, signal }: { readonly file: SnapshotFile; readonly offset: bigint; readonly signal: AbortSignal },
): AsyncGenerator<Uint8Array, void, undefined> {
  const { manifest, node } = snapshot
  const isStillThere = async () => {
    await client.refresh(signal)
    return client.owner(manifest.vbid) === node
  }
  const question = { uuid: manifest.uuid, file, offset, isSecure: client.isSecure, isStillThere, ...client.patience }
  return readSnapshotFile(node, question, signal)
}

/**
 * Also when the run was cancelled: with a little time of its own, which is enough for a connection that was lost and a node
 * that is right back (spec couchbase §9.3: what is not released stays there for good). False when it could not be told.
 */
export async function releaseQuietly({ node, manifest }: NodeSnapshot): Promise<boolean> {
  const signal = AbortSignal.timeout(RELEASE_TIMEOUT_MS)
  const patience = new Patience({ patienceMs: RELEASE_PATIENCE_MS })
  try {
    for (;;) {
      try {
        await releaseSnapshot(await node.control(signal), { uuid: manifest.uuid }, signal)
        return true
      } catch (error) {
        if (!isWorthRetrying(error)) throw error
        await patience.afterFailure(error, signal)
      }
    }
  } catch {
    return false // the journal knows of it
  }
}

const RELEASE_TIMEOUT_MS = 10_000
const RELEASE_PATIENCE_MS = 500

interface Look {
  readonly node: NodeLink | undefined
  readonly isTaken: boolean
  readonly seqno: bigint | undefined
}

/** Before the snapshot is made: whose place it takes, and which sequence number it will have reached. */
async function lookAt(client: BucketClient, vbid: number, signal: AbortSignal): Promise<Look> {
  const patience = new Patience(client.patience)
  for (;;) {
    const node = client.owner(vbid)
    if (node === undefined) return { node, isTaken: false, seqno: undefined }
    try {
      const control = await node.control(signal)
      const found = await askSnapshotStatus(control, vbid, signal)
      const isTaken = found !== undefined && found !== 'none'
      if (isTaken && client.config.isRebalancing) throw busy(node.address)
      const seqnos = await askSeqnos(control, signal)
      if (seqnos?.has(vbid) === false) {
        // It is not active there. When it has moved, its new node is the one to look at.
        await client.refresh(signal)
        if (client.owner(vbid) !== node) continue
      }
      const seqno = seqnos?.get(vbid)
      if (seqno !== undefined && (await awaitPersistence(control, { vbid, seqno }, signal))) {
        return { node, isTaken, seqno }
      }
      return { node, isTaken, seqno: undefined }
    } catch (error) {
      signal.throwIfAborted()
      if (error instanceof StatusError) return { node, isTaken: false, seqno: undefined } // preparing will say more
      const isBusy = error instanceof HoldfastError && error.code === 'couchbase/refused'
      if (!isBusy && !isWorthRetrying(error)) throw error
      await patience.afterFailure(error, signal)
      await client.refresh(signal)
    }
  }
}

function busy(address: Parameters<typeof formatAddress>[0]): HoldfastError {
  return new HoldfastError('couchbase/refused', {
    detail: `${formatAddress(address)} is moving this vbucket.`,
    hint: 'Run the backup again when the rebalance is over.',
  })
}
