import { HoldfastError } from '../../../src-shared/errors.ts'
import type { BucketOptions } from './bucket.ts'

/**
 * Those of the address and the secret store; what is not there is taken from where Amazon's own programs take it. Throws
 * `auth/denied` when there is none.
 */
export function bucketCredentials(
  { address, secret }: BucketOptions,
  environment: NonNullable<BucketOptions['environment']>,
) {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = environment
  const accessKeyId = address.accessKeyId ?? AWS_ACCESS_KEY_ID
  const secretAccessKey = secret ?? AWS_SECRET_ACCESS_KEY
  if (!accessKeyId || !secretAccessKey) {
    throw new HoldfastError('auth/denied', {
      detail: accessKeyId ? 'There is no secret key.' : 'There is no access key.',
      hint: 'Enter it with the repository, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.',
    })
  }
  // A token belongs to the key beside it.
  const isOfEnvironment = accessKeyId === AWS_ACCESS_KEY_ID && secretAccessKey === AWS_SECRET_ACCESS_KEY
  return {
    accessKeyId,
    secretAccessKey,
    ...(isOfEnvironment && AWS_SESSION_TOKEN !== undefined && { sessionToken: AWS_SESSION_TOKEN }),
  }
}
