import { UntrustedCertificateError } from '../../engines/pbs/client/transport/connection-failure.ts'
import { Bucket, type BucketOptions } from './bucket.ts'
import { hasMarker, isEmptyPlace } from './marker.ts'
import { parseS3Address } from './s3-address.ts'
import { listGroups, listNamespaces, listSnapshots } from './snapshot-listing.ts'

/** What a store wants before it answers. */
export interface S3Access {
  readonly credentials: Pick<BucketOptions, 'secret' | 'fingerprint'>
}

export type S3Probe =
  | { readonly state: 'ready'; readonly snapshots: number }
  /** There is nothing below the prefix: a repository can be made there. */
  | { readonly state: 'empty' }
  /** Something else is there. */
  | { readonly state: 'filled' }
  | { readonly state: 'untrusted'; readonly presented: string; readonly expected: string | undefined }

/** Whoever waits for a verdict does not wait for five tries. */
const ATTEMPTS = 2

/**
 * Looks at a place in a bucket without changing anything. Throws `input/invalid`, `auth/denied`, `repository/unreachable`, and
 * `repository/refused` for a bucket that is not there.
 */
export async function probeS3(address: string, { credentials }: S3Access, signal: AbortSignal): Promise<S3Probe> {
  const bucket = new Bucket({ address: parseS3Address(address), ...credentials, attempts: ATTEMPTS })
  try {
    if (await hasMarker(bucket, signal)) return { state: 'ready', snapshots: await countSnapshots(bucket, signal) }
    return { state: (await isEmptyPlace(bucket, signal)) ? 'empty' : 'filled' }
  } catch (error) {
    if (!(error instanceof UntrustedCertificateError)) throw error
    return { state: 'untrusted', presented: error.presented, expected: error.expected }
  } finally {
    bucket.close()
  }
}

async function countSnapshots(bucket: Bucket, signal: AbortSignal): Promise<number> {
  let count = 0
  for await (const namespace of listNamespaces(bucket, '', signal)) {
    for await (const group of listGroups(bucket, namespace, signal)) {
      for await (const { isFinished } of listSnapshots(bucket, group, signal)) if (isFinished) count++
    }
  }
  return count
}
