import { forEachBounded } from '../../../storage/datastore/for-each-bounded.ts'
import type { NodeAddress } from '../cluster/node-address.ts'
import type { DownloadRequest } from '../wire/download-request.ts'
import { asHoldfastError, isWorthRetrying } from './failures.ts'
import type { LoginOptions } from './login.ts'
import { NodeLink } from './node-link.ts'
import { adoptSnapshot, orderDownload } from './order-download.ts'
import { Patience } from './patience.ts'

export interface PullBucketOptions {
  /** Which node is to pull, and how we log in to it. */
  readonly node: NodeAddress
  readonly login: LoginOptions
  /** Where it is to pull from. */
  readonly from: DownloadRequest
  readonly vbids: readonly number[]
  /** Makes the vbuckets active at once: only for nodes that nothing else manages. */
  readonly isAdopted: boolean
  readonly patienceMs?: number | undefined
  readonly onPulled?: ((vbid: number) => void) | undefined
}

/** The reference lets a node pull four at once (spec couchbase §10). */
const LANES = 4

/**
 * Restore by pull (spec couchbase §10.3): tells a node to fetch vbucket after vbucket from a server, ours as a rule.
 * @throws HoldfastError `couchbase/unreachable`, `couchbase/denied`, `couchbase/refused`
 */
export async function pullBucket(options: PullBucketOptions, signal: AbortSignal): Promise<void> {
  const { from, vbids, isAdopted, patienceMs, onPulled } = options
  const node = new NodeLink(options.node, options.login)
  /** Both orders may be given again: a node that has the files, or is at it, says so. */
  const insist = async (order: () => Promise<void>): Promise<void> => {
    const patience = new Patience({ patienceMs })
    for (;;) {
      try {
        return await order()
      } catch (error) {
        const failure = asHoldfastError(error, node.address)
        if (!isWorthRetrying(error)) throw failure
        await patience.afterFailure(failure, signal)
      }
    }
  }
  try {
    await reach(node, signal)
    await forEachBounded(vbids, LANES, async (vbid) => {
      await insist(() => orderDownload(node, { vbid, from, patienceMs }, signal))
      if (isAdopted) await insist(() => adoptSnapshot(node, vbid, signal))
      onPulled?.(vbid)
    })
  } finally {
    node.close()
  }
}

/** Who has a wrong address is told at once; whoever was there is waited for. */
async function reach(node: NodeLink, signal: AbortSignal): Promise<void> {
  try {
    await node.control(signal)
  } catch (error) {
    throw asHoldfastError(error, node.address)
  }
}
