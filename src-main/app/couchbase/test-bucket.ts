import type { CouchbaseTest } from '../../../src-shared/model/couchbase-facts.ts'
import type { CouchbaseSecrets, CouchbaseSource } from '../../../src-shared/model/couchbase-source.ts'
import { BucketClient } from '../../engines/couchbase/client/bucket-client.ts'
import { formatAddress } from '../../engines/couchbase/cluster/node-address.ts'
import { bucketClientOptions } from '../../sources/couchbase/client-options.ts'

/** A person waits for the answer. */
const TEST_TIMEOUT_MS = 10_000

/** Logs in to the cluster as a backup would, and says what is there. */
export async function testBucket(
  source: CouchbaseSource,
  secrets: CouchbaseSecrets,
  signal: AbortSignal,
): Promise<CouchbaseTest> {
  const options = await bucketClientOptions(source, secrets)
  const quick = { ...options, connectTimeoutMs: TEST_TIMEOUT_MS, idleTimeoutMs: TEST_TIMEOUT_MS }
  const client = await BucketClient.open(quick, signal)
  try {
    const { config, isSecure } = client
    const counts = new Map(config.nodes.map((node) => [formatAddress(node), 0]))
    for (const owner of config.owners) {
      if (owner === undefined) continue
      const address = formatAddress(owner)
      counts.set(address, (counts.get(address) ?? 0) + 1)
    }
    return {
      bucket: config.name,
      backend: config.backend,
      vbuckets: config.owners.length,
      withoutCopy: config.owners.filter((owner) => owner === undefined).length,
      nodes: [...counts].map(([address, vbuckets]) => ({ address, vbuckets })),
      isRebalancing: config.isRebalancing,
      isSecure,
    }
  } finally {
    client.close()
  }
}
