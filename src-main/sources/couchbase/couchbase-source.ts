import type { CouchbaseSecrets, CouchbaseSource } from '../../../src-shared/model/couchbase-source.ts'
import { BucketClient } from '../../engines/couchbase/client/bucket-client.ts'
import type { Source } from '../source.ts'
import { BucketTree } from './bucket-tree.ts'
import { bucketClientOptions } from './client-options.ts'

export interface CouchbaseSourceOptions extends CouchbaseSecrets {
  readonly now?: (() => number) | undefined
}

/** A bucket as one archive, a tree with a folder for each vbucket; read from the nodes while it is written. */
export function createCouchbaseSource(spec: CouchbaseSource, options: CouchbaseSourceOptions): Source {
  const { now = Date.now } = options
  return {
    async open(observer, signal) {
      const client = await BucketClient.open(await bucketClientOptions(spec, options), signal)
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

/** Bucket names may have a percent sign, archives may not; and an archive does not begin with a dot. */
function archiveName(bucket: string): string {
  return bucket.replaceAll('%', '_').replace(/^[.-]/, '_')
}
