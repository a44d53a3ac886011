import { isAbsolute } from 'node:path'
import { HoldfastError } from '../../src-shared/errors.ts'
import { type DatastoreRepositoryOptions, openDatastoreRepository } from './datastore/datastore-repository.ts'
import { withImageTree } from './image-tree.ts'
import type { Repository } from './repository.ts'

export type OpenRepositoryOptions = DatastoreRepositoryOptions

/**
 * The repository at an address (docs/architecture.md, "Repository addresses"). Throws `datastore/not-found`, and
 * `repository/unsupported` for a kind that this version cannot open.
 */
export async function openRepository(address: string, options: OpenRepositoryOptions): Promise<Repository> {
  if (isAbsolute(address) && !address.endsWith('.castr'))
    return withImageTree(await openDatastoreRepository(address, options))
  // Only the scheme: what follows may hold a password.
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(address)?.[1]
  throw new HoldfastError('repository/unsupported', {
    detail: scheme === undefined ? 'The address is not an absolute path.' : `There is no support for ${scheme}: yet.`,
    hint: 'Use the absolute path of a local repository.',
  })
}
