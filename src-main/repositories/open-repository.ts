import { HoldfastError } from '../../src-shared/errors.ts'
import { kindOfAddress } from './address-kind.ts'
import { openCasyncRepository } from './casync/casync-repository.ts'
import { casyncPrograms } from './casync/remote-files.ts'
import { type DatastoreRepositoryOptions, openDatastoreRepository } from './datastore/datastore-repository.ts'
import { withImageTree } from './image-tree.ts'
import { openPbsRepository, type PbsRepositoryOptions } from './pbs/pbs-repository.ts'
import type { Repository } from './repository.ts'

export interface OpenRepositoryOptions
  extends DatastoreRepositoryOptions,
    Omit<PbsRepositoryOptions, keyof DatastoreRepositoryOptions | 'credentials'> {
  /** What a server wants before it answers. */
  readonly credentials?: PbsRepositoryOptions['credentials'] | undefined
}

/**
 * The repository at an address (docs/architecture.md, "Repository addresses"). Throws what opening it throws,
 * `input/invalid` for what is no address and `repository/unsupported` for a kind that this version cannot open.
 */
export async function openRepository(address: string, options: OpenRepositoryOptions): Promise<Repository> {
  return withImageTree(await open(address, options))
}

async function open(address: string, options: OpenRepositoryOptions): Promise<Repository> {
  const { credentials = {} } = options
  const kind = kindOfAddress(address)
  switch (kind) {
    case 'datastore':
      return openDatastoreRepository(address, options)
    case 'pbs':
      return openPbsRepository(address, { ...options, credentials })
    case 'casync':
      return openCasyncRepository(address, { ...options, remote: casyncPrograms(process.env) })
    default:
      throw new HoldfastError('repository/unsupported', { detail: `There is no support for ${kind} yet.` })
  }
}
