import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { pullSnapshot } from '../client/pull-snapshot.ts'
import { buildConfig } from '../server/build-config.ts'
import {
  type CouchbaseServer,
  type CouchbaseServerOptions,
  createCouchbaseServer,
} from '../server/create-couchbase-server.ts'
import { openNodeBucket } from '../server/node-bucket.ts'
import type { ServedBucket } from '../server/served-bucket.ts'
import { createCouchbaseUser } from '../server/user.ts'

/** Passwords cost little here. */
export const administrator = await createCouchbaseUser({
  name: 'backup',
  password: 's3cret',
  privileges: ['Administrator', 'Stats', 'SystemSettings'],
  iterations: 4096,
})
export const credentials = { user: 'backup', password: 's3cret' }
export const host = '127.0.0.1'

export const never = new AbortController().signal

/** The content of a vbucket's file: different for each, the same at every call. */
export function vbucketContent(vbid: number, size: number): Buffer {
  const content = Buffer.alloc(size, `vbucket ${vbid};`)
  if (size >= 4) content.writeUInt32BE(vbid, 0)
  return content
}

export async function makeCouchFiles(folder: string, vbids: Iterable<number>, size: number): Promise<void> {
  await mkdir(folder, { recursive: true })
  for (const vbid of vbids) await writeFile(path.join(folder, `${vbid}.couch.1`), vbucketContent(vbid, size))
}

interface TestNode {
  readonly bucket: ServedBucket
  server: CouchbaseServer
  readonly port: number
}

export interface TestClusterOptions extends Partial<CouchbaseServerOptions> {
  readonly vbucketCount: number
  readonly fileBytes: number
  readonly nodes: number
  /** Every node has every file, so that vbuckets can move. */
  readonly isEverywhere?: boolean
}

/** Several of our servers as the nodes of one cluster; who owns what may change while it runs. */
export class TestCluster {
  readonly nodes: TestNode[] = []
  /** By vbucket the number of its node, −1 for none. */
  readonly owners: number[]
  forward: readonly number[] | undefined
  rev = 1
  readonly #options: TestClusterOptions

  private constructor(options: TestClusterOptions) {
    this.#options = options
    this.owners = Array.from({ length: options.vbucketCount }, (_, vbid) => vbid % options.nodes)
  }

  static async open(folder: string, options: TestClusterOptions): Promise<TestCluster> {
    const cluster = new TestCluster(options)
    for (let index = 0; index < options.nodes; index++) {
      const data = path.join(folder, `node-${index}`)
      const own = cluster.owners.flatMap((owner, vbid) => (owner === index || options.isEverywhere ? [vbid] : []))
      await makeCouchFiles(data, own, options.fileBytes)
      const bucket = await openTestBucket(data, cluster.owners.length, (vbid) => cluster.owners[vbid] === index)
      const server = cluster.#createServer(bucket)
      cluster.nodes.push({ bucket, server, port: (await server.listen({ host, port: 0 })).port })
    }
    return cluster
  }

  get seeds() {
    return this.nodes.map(({ port }) => ({ host, port }))
  }

  get client() {
    return { seeds: this.seeds, bucket: 'default', credentials, patienceMs: 20_000, firstDelayMs: 10 }
  }

  /** The process of the node ends and comes back: connections are cut, what is on disk stays. */
  async cut(index: number): Promise<void> {
    await this.nodes[index]?.server.close()
  }

  async back(index: number): Promise<void> {
    const node = this.nodes[index]
    if (!node) throw new Error(`there is no node ${index}`)
    node.server = this.#createServer(node.bucket)
    await node.server.listen({ host, port: node.port })
  }

  async close(): Promise<void> {
    for (const { server, bucket } of this.nodes) {
      await server.close()
      await bucket.close()
    }
  }

  #createServer(bucket: ServedBucket): CouchbaseServer {
    return createCouchbaseServer({
      users: [administrator],
      ...this.#options,
      buckets: [bucket],
      configOf: () =>
        buildConfig({
          bucket,
          nodes: this.nodes.map(({ port }) => ({ kv: port })),
          rev: this.rev,
          map: this.owners,
          forwardMap: this.forward,
        }),
    })
  }
}

export function openTestBucket(
  folder: string,
  vbucketCount: number,
  owns?: (vbid: number) => boolean,
): Promise<ServedBucket> {
  return openNodeBucket({
    name: 'default',
    folder,
    vbucketCount,
    owns,
    highSeqno: (vbid) => BigInt(vbid) + 1000n,
    pull: pullSnapshot,
    signal: never,
  })
}
