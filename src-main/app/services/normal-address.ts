import { isAbsolute, resolve } from 'node:path'
import { HoldfastError } from '../../../src-shared/errors.ts'
import { formatS3Address, isS3Address, parseS3Address } from '../../repositories/s3/s3-address.ts'

/** The one way to write an address that may be written in several. Throws `input/invalid` for what is none of a bucket. */
export function normalAddress(address: string): string {
  if (isAbsolute(address)) return resolve(address)
  return isS3Address(address) ? formatS3Address(parseS3Address(address)) : address
}

/**
 * The same place in a bucket, asked for by somebody else; by whoever the environment says when the id is empty. Throws
 * `input/invalid` for another kind of address.
 */
export function withAccessKey(address: string, accessKeyId: string): string {
  if (!isS3Address(address)) {
    throw new HoldfastError('input/invalid', { detail: 'Only the address of a bucket has an access key.' })
  }
  const changed = { ...parseS3Address(address), accessKeyId: accessKeyId === '' ? undefined : accessKeyId }
  return formatS3Address(parseS3Address(formatS3Address(changed)))
}
