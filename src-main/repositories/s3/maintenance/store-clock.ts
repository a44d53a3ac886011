import { HoldfastError } from '../../../../src-shared/errors.ts'
import type { Bucket } from '../bucket.ts'

/** Written anew whenever somebody asks for the time. */
const CLOCK_NAME = '.clock'

/**
 * The time by the clock of the store, in Unix milliseconds, rounded down to a second: the only one that may be compared with
 * when objects were stored. That of this computer may be years off.
 */
export async function readStoreClock(bucket: Pick<Bucket, 'put' | 'head'>, signal: AbortSignal): Promise<number> {
  await bucket.put(CLOCK_NAME, new Uint8Array(), signal)
  const { modifiedAt = 0 } = (await bucket.head(CLOCK_NAME, signal)) ?? {}
  if (modifiedAt > 0) return modifiedAt
  throw new HoldfastError('repository/unsupported', { detail: 'The store does not say when an object was stored.' })
}
