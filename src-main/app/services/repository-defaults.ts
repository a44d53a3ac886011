import type { RepositoryVerdict } from '../../../src-shared/contract/repositories.ts'
import { HoldfastError } from '../../../src-shared/errors.ts'
import type { BackupOptions } from '../../../src-shared/model/plan.ts'
import type { Repository } from '../../../src-shared/model/repository.ts'

/** The namespace that is meant: the one that is named, else the repository's own. */
export function effectiveNamespace(named: string, { namespace = '' }: Repository): string {
  return named === '' ? namespace : named
}

/** A repository with a key is never written to in the clear; a key of the plan's own comes before it. */
export function effectiveOptions(options: BackupOptions, { keyId }: Repository): BackupOptions {
  if (keyId === undefined || options.keyId !== undefined) return options
  return { ...options, keyId, cryptMode: options.cryptMode === 'none' ? 'encrypt' : options.cryptMode }
}

/** Backups that go nowhere are found out when the repository is added, not at night. */
export function requireNamespace(namespace: string | undefined, { namespaces }: RepositoryVerdict): void {
  if (namespace === undefined || namespaces === undefined || [...namespaces, ''].includes(namespace)) return
  const there = namespaces.filter((each) => each !== '').join(', ')
  throw new HoldfastError('input/invalid', {
    detail: `There is no namespace ${namespace} in it.`,
    hint: there === '' ? 'It has none at all.' : `There are: ${there}.`,
  })
}
