import { HoldfastError } from '../../../src-shared/errors.ts'
import type { Repository } from '../../../src-shared/model/repository.ts'
import { createCasyncRepository } from '../../repositories/casync/casync-repository.ts'
import { createDatastore } from '../../storage/datastore/datastore.ts'

/** Makes an empty repository in a folder. A server's are made by whoever runs it: `repository/unsupported`. */
export async function createRepository(kind: Repository['kind'], address: string): Promise<void> {
  if (kind === 'datastore') {
    await createDatastore(address)
    return
  }
  if (kind === 'casync') return createCasyncRepository(address)
  throw new HoldfastError('repository/unsupported', {
    detail: 'It cannot be created from here.',
    hint: 'Create it on the server, then add it.',
  })
}
