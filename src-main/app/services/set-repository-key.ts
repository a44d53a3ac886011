import { HoldfastError } from '../../../src-shared/errors.ts'
import type { KeyId, RepositoryId } from '../../../src-shared/model/ids.ts'
import type { Repository } from '../../../src-shared/model/repository.ts'
import type { CatalogWriter } from '../../catalog/main/open-catalog.ts'
import type { Changes } from './changes.ts'
import type { RepositoryHub } from './repository-hub.ts'

export interface SetKeyParts {
  readonly catalog: CatalogWriter
  readonly hub: RepositoryHub
  readonly changes: Changes
}

/** What new backups to a repository are encrypted with. Throws `repository/unknown`, `repository/unsupported`, `key/missing`. */
export async function setRepositoryKey(
  { catalog, hub, changes }: SetKeyParts,
  id: RepositoryId,
  keyId: KeyId | undefined,
): Promise<Repository> {
  const record = catalog.repositories.get(id)
  if (record === undefined) throw new HoldfastError('repository/unknown')
  if (keyId !== undefined) {
    requireEncryption(catalog, id)
    if (catalog.keys.get(keyId) === undefined) throw new HoldfastError('key/missing')
  }
  const { keyId: _, ...without } = record
  const changed = keyId === undefined ? without : { ...without, keyId }
  catalog.repositories.update(changed)
  await hub.forget(id)
  changes.changed('repositories')
  return changed
}

/** Throws `repository/unsupported` for one that is known to store everything in the clear. */
export function requireEncryption(catalog: CatalogWriter, id: RepositoryId): void {
  // What it can do is known since it was first asked.
  if (catalog.repositories.facts(id).capabilities?.includes('encryption') === false)
    throw new HoldfastError('repository/unsupported')
}
