import type { Bucket } from './bucket.ts'
import type { BucketLocks } from './locks/bucket-locks.ts'

/** What everything in a bucket works with. */
export interface BucketStore {
  readonly bucket: Bucket
  readonly locks: BucketLocks
  /** Unix milliseconds; never compared with times of the store, whose clock is another one. */
  readonly now: () => number
}
