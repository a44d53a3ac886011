import { isAbsolute } from 'node:path'
import { HoldfastError } from '../../src-shared/errors.ts'
import type { Repository } from '../../src-shared/model/repository.ts'
import { isPbsAddress } from '../engines/pbs/client/address/repository-address.ts'
import { isCasyncAddress } from './casync/casync-address.ts'
import { isS3Address } from './s3/s3-address.ts'

/** What kind of repository an address names (docs/architecture.md, "Repository addresses"). Throws `input/invalid`. */
export function kindOfAddress(address: string): Repository['kind'] {
  if (isCasyncAddress(address)) return 'casync'
  if (isS3Address(address)) return 's3'
  if (isPbsAddress(address)) return 'pbs'
  if (isAbsolute(address)) return 'datastore'
  throw new HoldfastError('input/invalid', {
    detail: 'This is not an address of a repository.',
    hint: 'Give the whole path of a folder, or the address of a server.',
  })
}
