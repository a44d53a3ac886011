import { oc } from '@orpc/contract'
import { z } from 'zod'
import { couchbaseFacts, couchbaseTest } from '../model/couchbase-facts.ts'
import { couchbasePlacing, couchbasePull } from '../model/couchbase-restore.ts'
import { couchbaseSecrets, couchbaseSource } from '../model/couchbase-source.ts'
import { count, secretId, snapshotId } from '../model/ids.ts'
import { job } from '../model/job.ts'
import { raises } from './raises.ts'

const nodeErrors = [
  'couchbase/unreachable',
  'couchbase/denied',
  'couchbase/refused',
  'couchbase/insecure',
  'auth/untrusted',
  'input/invalid',
] as const

export const couchbaseContract = {
  /** Logs in, selects the bucket, reads its map. Secrets that are not given are those under the source's id. */
  test: oc
    .input(z.object({ source: couchbaseSource.extend({ secretId: secretId.optional() }), secrets: couchbaseSecrets }))
    .output(couchbaseTest)
    .errors(raises(...nodeErrors, 'secret/unavailable')),
  /** Undefined for a snapshot that is not of a bucket. */
  facts: oc
    .input(
      z.object({ id: snapshotId, offset: count.default(0), limit: z.number().int().min(1).max(1024).default(128) }),
    )
    .output(couchbaseFacts.optional())
    .errors(raises('snapshot/unknown', 'repository/unreachable', 'key/missing', 'chunk/corrupt', 'chunk/missing')),
  /** Lays a restored bucket out as a node's data folder. What stands in the way is the job's to say. */
  place: oc.input(couchbasePlacing).output(job).errors(raises('input/invalid')),
  /** Has a node pull a restored bucket. */
  pull: oc.input(couchbasePull).output(job).errors(raises('couchbase/insecure', 'input/invalid')),
}
