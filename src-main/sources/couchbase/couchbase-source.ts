import type { CouchbaseSecrets, CouchbaseSource } from '../../../src-shared/model/couchbase-source.ts'
import { BucketClient } from '../../engines/couchbase/client/bucket-client.ts'
import type { BucketReport } from '../../engines/couchbase/stored-report.ts'
import type { Pace } from '../../os/pace.ts'
import type { Source } from '../source.ts'
import { BucketTree } from './bucket-tree.ts'
import { bucketClientOptions } from './client-options.ts'
import { LastFiles } from './last-files.ts'
import { Spool } from './spool.ts'
import type { IntakeOptions } from './vbucket-intake.ts'

export interface CouchbaseSourceOptions extends CouchbaseSecrets {
  /** Where vbuckets lie until they are stored, unless the plan names a folder. */
  readonly stagingFolder: string
  /** Of the last backup of this bucket, where there is one. */
  readonly lastReport?: BucketReport | undefined
  readonly fetch?: IntakeOptions['fetch'] | undefined
  readonly onBytes?: ((bytes: number) => void) | undefined
  readonly now?: (() => number) | undefined
  /** How fast files may come from the nodes. */
  readonly pace?: Pace | undefined
}

/** A bucket as one archive, a tree with a folder for each vbucket. */
export function createCouchbaseSource(spec: CouchbaseSource, options: CouchbaseSourceOptions): Source {
  const { now = Date.now, fetch = 'all', onBytes = () => undefined, pace } = options
  return {
    async open(observer, outer) {
      const stopping = new AbortController()
      const signal = AbortSignal.any([outer, stopping.signal])
      const { parallelVbuckets, leftovers, stagingFolder, stagingLimitBytes: limitBytes } = spec
      const spool = await Spool.open({ root: stagingFolder ?? options.stagingFolder, limitBytes, signal })
      try {
        const client = await BucketClient.open(await bucketClientOptions(spec, options), signal)
        const tree = new BucketTree({
          ...{ client, spool, leftovers, parallelVbuckets, observer, fetch, onBytes, pace, now, signal },
          last: new LastFiles(options.lastReport),
          stop: (reason) => stopping.abort(reason),
        })
        const archive = couchbaseArchive(spec.bucket)
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
            await tree.close()
            client.close()
            await spool.close()
          },
        }
      } catch (error) {
        await spool.close()
        throw error
      }
    },
  }
}

/** Bucket names may have a percent sign, archives may not; and an archive does not begin with a dot. */
export function couchbaseArchive(bucket: string): string {
  return bucket.replaceAll('%', '_').replace(/^[.-]/, '_')
}
