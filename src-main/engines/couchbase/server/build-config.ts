import type { ServedBucket } from './served-bucket.ts'
import type { BucketConfigJson } from './server-context.ts'

export interface ConfigNode {
  /** Absent: wherever the client found us. */
  readonly host?: string | undefined
  readonly kv?: number | undefined
  readonly kvSSL?: number | undefined
}

export interface ConfigParts {
  readonly bucket: Pick<ServedBucket, 'name' | 'vbucketCount' | 'backend' | 'owns'>
  readonly nodes: readonly ConfigNode[]
  readonly rev?: number | undefined
  /** By vbucket the number of the node with the active copy, −1 for none; what the bucket owns, on the first one, unless given. */
  readonly map?: readonly number[] | undefined
  /** Of a rebalance: the map afterwards. */
  readonly forwardMap?: readonly number[] | undefined
}

/** A bucket config as clients of a cluster get it (spec couchbase §9.2). */
export function buildConfig({ bucket, nodes, rev = 1, map, forwardMap }: ConfigParts): BucketConfigJson {
  const rows = (owners: readonly number[]) => owners.map((owner) => [owner])
  const own = Array.from({ length: bucket.vbucketCount }, (_, vbid) => (bucket.owns(vbid) ? 0 : -1))
  return {
    rev,
    revEpoch: 1,
    name: bucket.name,
    bucketType: 'membase',
    storageBackend: bucket.backend,
    numVBuckets: bucket.vbucketCount,
    nodeLocator: 'vbucket',
    nodesExt: nodes.map(({ host, kv, kvSSL }) => ({ ...(host && { hostname: host }), services: { kv, kvSSL } })),
    vBucketServerMap: {
      hashAlgorithm: 'CRC',
      numReplicas: 0,
      serverList: nodes.map(({ host, kv, kvSSL }) => `${bracketed(host ?? '$HOST')}:${kv ?? kvSSL ?? 0}`),
      vBucketMap: rows(map ?? own),
      ...(forwardMap && { vBucketMapForward: rows(forwardMap) }),
    },
  }
}

function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host
}
