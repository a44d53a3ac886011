import { readFile } from 'node:fs/promises'
import { HoldfastError } from '../../../src-shared/errors.ts'
import type { CouchbaseSource } from '../../../src-shared/model/couchbase-source.ts'
import { BucketClient, type BucketClientOptions } from '../../engines/couchbase/client/bucket-client.ts'
import { defaultPorts, type NodeAddress, parseAddress } from '../../engines/couchbase/cluster/node-address.ts'
import type { Source } from '../source.ts'
import { BucketTree } from './bucket-tree.ts'

export interface CouchbaseSourceOptions {
  /** Not in the plan: they come from the secret store. */
  readonly password?: string | undefined
  readonly keyPassphrase?: string | undefined
  readonly now?: (() => number) | undefined
}

/** A bucket as one archive, a tree with a folder for each vbucket; read from the nodes while it is written. */
export function createCouchbaseSource(spec: CouchbaseSource, options: CouchbaseSourceOptions): Source {
  const { now = Date.now } = options
  return {
    async open(observer, signal) {
      const client = await BucketClient.open(await clientOptions(spec, options), signal)
      const { parallelVbuckets, leftovers } = spec
      const tree = new BucketTree({ client, parallelVbuckets, leftovers, observer, now, signal })
      const archive = archiveName(spec.bucket)
      return {
        async *archives() {
          yield { type: 'tree', name: archive, entries: tree.entries(), excludePatterns: [] }
        },
        facts: () => ({
          host: spec.hosts[0] ?? '',
          roots: [{ archive, path: `couchbase://${spec.hosts.join(',')}/${spec.bucket}` }],
        }),
        counts: () => tree.counts(),
        async close() {
          await tree.releaseAll()
          client.close()
        },
      }
    },
  }
}

async function clientOptions(spec: CouchbaseSource, options: CouchbaseSourceOptions): Promise<BucketClientOptions> {
  const { tls, user, bucket, patienceSeconds } = spec
  const { password, keyPassphrase } = options
  if (user !== undefined && password === undefined)
    throw new HoldfastError('couchbase/denied', { detail: 'There is no password.' })
  const read = async (file: string | undefined) => (file === undefined ? undefined : readFile(file, 'utf8'))
  return {
    seeds: spec.hosts.map((text) => seed(text, tls !== undefined)),
    bucket,
    credentials: user === undefined || password === undefined ? undefined : { user, password },
    isInsecureAllowed: spec.allowInsecure,
    patienceMs: patienceSeconds * 1000,
    tls: tls && {
      authority: await read(tls.authorityPath),
      certificate: await read(tls.certificatePath),
      key: await read(tls.keyPath),
      passphrase: keyPassphrase,
      fingerprint: tls.fingerprint,
    },
  }
}

function seed(text: string, isSecure: boolean): NodeAddress {
  const address = parseAddress(text, isSecure ? defaultPorts.secure : defaultPorts.plain)
  if (address === undefined) throw new HoldfastError('input/invalid', { detail: `${text} is no address of a node.` })
  return address
}

/** Bucket names may have a percent sign, archives may not; and an archive does not begin with a dot. */
function archiveName(bucket: string): string {
  return bucket.replaceAll('%', '_').replace(/^[.-]/, '_')
}
