import { kindOfAddress } from './address-kind.ts'
import type { DatastoreRepositoryOptions } from './datastore/datastore-repository.ts'
import { withImageTree } from './image-tree.ts'
import type { PbsRepositoryOptions } from './pbs/pbs-repository.ts'
import type { Repository } from './repository.ts'

export interface OpenRepositoryOptions
  extends DatastoreRepositoryOptions,
    Omit<PbsRepositoryOptions, keyof DatastoreRepositoryOptions | 'credentials'> {
  /** What a server wants before it answers. */
  readonly credentials?: PbsRepositoryOptions['credentials'] | undefined
}

/**
 * The repository at an address (docs/architecture.md, "Repository addresses"). Throws what opening it throws, and
 * `input/invalid` for what is no address.
 */
export async function openRepository(address: string, options: OpenRepositoryOptions): Promise<Repository> {
  return withImageTree(await open(address, options))
}

/** What speaks to a kind of repository is loaded with the first of that kind: together they are a fifth of the program. */
async function open(address: string, options: OpenRepositoryOptions): Promise<Repository> {
  const { credentials = {} } = options
  const kind = kindOfAddress(address)
  switch (kind) {
    case 'datastore': {
      const { openDatastoreRepository } = await import('./datastore/datastore-repository.ts')
      return openDatastoreRepository(address, options)
    }
    case 'pbs': {
      const { openPbsRepository } = await import('./pbs/pbs-repository.ts')
      return openPbsRepository(address, { ...options, credentials })
    }
    case 'casync': {
      const { openCasyncRepository } = await import('./casync/casync-repository.ts')
      const { casyncPrograms } = await import('./casync/remote-files.ts')
      return openCasyncRepository(address, { ...options, remote: casyncPrograms(process.env) })
    }
    case 's3': {
      const { openS3Repository } = await import('./s3/s3-repository.ts')
      return openS3Repository(address, { ...options, credentials })
    }
  }
}
