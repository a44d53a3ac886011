import type { BucketClient } from './bucket-client.ts'
import { asHoldfastError, SnapshotGoneError } from './failures.ts'
import { type PreparePolicy, prepareVbucket, releaseQuietly, type VbucketSnapshot } from './vbucket-snapshot.ts'

/** The snapshot of a vbucket that moves is made anew on the node it moved to, so often. */
const MAX_MOVES = 5

export interface SnapshotCare {
  readonly client: BucketClient
  readonly policy: PreparePolicy
  /** A node has it from now on. */
  onPrepared?(snapshot: VbucketSnapshot): Promise<void>
  onReleased?(uuid: string): Promise<void>
}

export interface HeldSnapshot<Result> {
  readonly result: Result
  /** The node may delete the snapshot. May be called twice. */
  release(): Promise<void>
}

/**
 * Prepares a vbucket and works with its snapshot. When it moves to another node meanwhile, the snapshot there is another
 * one: it is prepared anew, and the work begins again with it (spec couchbase §9.3). What fails has been released, also
 * after a cancel; what worked is the caller's to release. Undefined when no node has the vbucket.
 */
export async function holdSnapshot<Result>(
  vbid: number,
  care: SnapshotCare,
  work: (snapshot: VbucketSnapshot) => Promise<Result>,
  signal: AbortSignal,
): Promise<HeldSnapshot<Result> | undefined> {
  for (let move = 1; ; move++) {
    const snapshot = await prepareVbucket(care.client, { vbid, policy: care.policy }, signal)
    if (snapshot === undefined) return undefined
    const release = once(async () => {
      if (await releaseQuietly(snapshot)) await care.onReleased?.(snapshot.manifest.uuid)
    })
    try {
      await care.onPrepared?.(snapshot)
      signal.throwIfAborted()
      return { result: await work(snapshot), release }
    } catch (error) {
      await release()
      signal.throwIfAborted()
      if (!(error instanceof SnapshotGoneError) || move === MAX_MOVES) {
        throw asHoldfastError(error, snapshot.node.address)
      }
    }
  }
}

function once(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined
  return () => (done ??= work())
}
