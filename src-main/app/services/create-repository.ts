import { HoldfastError } from '../../../src-shared/errors.ts'
import type { Repository } from '../../../src-shared/model/repository.ts'
import { createCasyncRepository } from '../../repositories/casync/casync-repository.ts'
import { createDatastore } from '../../storage/datastore/datastore.ts'
import type { Credentials } from './judge-address.ts'

/** Makes an empty repository in a folder or a bucket. A server's are made by whoever runs it: `repository/unsupported`. */
export async function createRepository(
  kind: Repository['kind'],
  address: string,
  { secret, fingerprint }: Credentials,
  signal: AbortSignal,
): Promise<void> {
  switch (kind) {
    case 'datastore':
      await createDatastore(address)
      return
    case 'casync':
      return createCasyncRepository(address)
    case 's3': {
      const { createS3Repository } = await import('../../repositories/s3/s3-repository.ts')
      return createS3Repository(address, { credentials: { secret, fingerprint } }, signal)
    }
    case 'pbs':
      throw new HoldfastError('repository/unsupported', {
        detail: 'It cannot be created from here.',
        hint: 'Create it on the server, then add it.',
      })
  }
}
