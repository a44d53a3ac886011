import { couchbaseSecrets } from '../../../src-shared/model/couchbase-source.ts'
import { bucketFacts } from '../couchbase/bucket-facts.ts'
import type { Services } from '../services/services.ts'
import { type Implementer, signalOf } from './implementer.ts'

export function couchbaseRouter(os: Implementer, { snapshots, secrets, bucketReturns }: Services) {
  return {
    test: os.couchbase.test.handler(async ({ input: { source, secrets: typed }, signal }) => {
      const { secretId } = source
      const kept = secretId === undefined ? {} : couchbaseSecrets.parse(await secrets.get(secretId))
      // The engine is loaded with the first test.
      const { testBucket } = await import('../couchbase/test-bucket.ts')
      return testBucket(source, { ...kept, ...typed }, signalOf(signal))
    }),
    facts: os.couchbase.facts.handler(({ input, signal }) => bucketFacts(snapshots, input, signalOf(signal))),
    place: os.couchbase.place.handler(({ input }) => bucketReturns.place(input)),
    pull: os.couchbase.pull.handler(({ input }) => bucketReturns.pull(input)),
  }
}
