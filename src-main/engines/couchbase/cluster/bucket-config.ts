import { z } from 'zod'
import { ProtocolError } from '../../../../src-shared/errors.ts'
import { parseJson } from '../wire/json-text.ts'
import { formatAddress, type NodeAddress, parseAddress } from './node-address.ts'

/** What of a bucket's configuration a snapshot needs (spec couchbase §9.2). */
export interface BucketConfig {
  readonly name: string
  readonly uuid: string | undefined
  readonly backend: string
  /** Epoch and number: the larger pair is the newer configuration. */
  readonly revision: readonly [number, number]
  /** By vbucket the node with the active copy, undefined where there is none. */
  readonly owners: readonly (NodeAddress | undefined)[]
  /** Nodes with data, each once. */
  readonly nodes: readonly NodeAddress[]
  /** While vbuckets move. */
  readonly isRebalancing: boolean
}

const vbucketMap = z
  .array(z.array(z.number().int().min(-1)).min(1))
  .min(1)
  .max(0x10000)
const port = z.number().int().min(1).max(0xffff)

const schema = z.object({
  rev: z.number().int(),
  revEpoch: z.number().int().default(0),
  name: z.string(),
  uuid: z.string().optional(),
  storageBackend: z.string().default(''),
  nodeLocator: z.string().default('vbucket'),
  vBucketServerMap: z.object({
    serverList: z.array(z.string().max(300)).max(10_000),
    vBucketMap: vbucketMap,
    vBucketMapForward: vbucketMap.optional(),
  }),
  nodesExt: z
    .array(
      z.object({
        hostname: z.string().optional(),
        services: z.object({ kv: port.optional(), kvSSL: port.optional() }).default({}),
      }),
    )
    .default([]),
})
type ParsedConfig = z.infer<typeof schema>

const FORMAT = 'bucket config'

/**
 * @param asked where the configuration came from: what it calls `$HOST` is there
 * @throws ProtocolError
 */
export function decodeBucketConfig(
  value: Uint8Array,
  { asked, isSecure }: { readonly asked: NodeAddress; readonly isSecure: boolean },
): BucketConfig {
  const parsed = schema.safeParse(parseJson(value))
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw new ProtocolError(FORMAT, issue?.path.join('.') || 'text', 0, issue?.message ?? 'it is not JSON')
  }
  const config = parsed.data
  if (config.nodeLocator !== 'vbucket') {
    throw new ProtocolError(FORMAT, 'nodeLocator', 0, `${config.nodeLocator} has no vbuckets`)
  }
  const map = config.vBucketServerMap
  const nodes = map.serverList.map((item) => toAddress(item, config, { asked, isSecure }))
  const owners = map.vBucketMap.map(([active = -1]) => {
    if (active >= nodes.length) throw new ProtocolError(FORMAT, 'vBucketMap', 0, `there is no node ${active}`)
    return active < 0 ? undefined : nodes[active]
  })
  return {
    name: config.name,
    uuid: config.uuid,
    backend: config.storageBackend,
    revision: [config.revEpoch, config.rev],
    owners,
    nodes,
    isRebalancing: map.vBucketMapForward !== undefined,
  }
}

/** Positive when `a` is the newer one. */
export function compareRevisions(a: BucketConfig['revision'], b: BucketConfig['revision']): number {
  return a[0] - b[0] || a[1] - b[1]
}

/** The list has plain ports; those for TLS are found by host and plain port, never by place in the list. */
function toAddress(
  item: string,
  config: ParsedConfig,
  { asked, isSecure }: { readonly asked: NodeAddress; readonly isSecure: boolean },
): NodeAddress {
  const plain = parseAddress(item.replace('$HOST', hostPart(asked)))
  if (plain === undefined) throw new ProtocolError(FORMAT, 'serverList', 0, 'an item is no address')
  if (!isSecure) return plain
  const found = config.nodesExt.find(({ hostname, services }) => {
    const host = hostname === undefined || hostname === '$HOST' ? asked.host : hostname
    return host === plain.host && (services.kv === plain.port || services.kvSSL === plain.port)
  })
  if (found?.services.kvSSL === undefined) {
    throw new ProtocolError(FORMAT, 'nodesExt', 0, `${formatAddress(plain)} has no port for TLS`)
  }
  return { host: plain.host, port: found.services.kvSSL }
}

function hostPart({ host }: NodeAddress): string {
  return host.includes(':') ? `[${host}]` : host
}
