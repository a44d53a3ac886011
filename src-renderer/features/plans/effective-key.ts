import type { EncryptionKey } from '../../../src-shared/contract/keys.ts'
import type { PlanDraft } from '../../../src-shared/model/plan.ts'
import type { RepositoryState } from '../../../src-shared/model/repository.ts'

/** What a plan is encrypted with: its own key, else that of the first repository it goes to that has one. */
export function effectiveKeyId(
  { options, destinations }: Pick<PlanDraft, 'options' | 'destinations'>,
  repositories: readonly Pick<RepositoryState, 'repository'>[],
): EncryptionKey['id'] | undefined {
  if (options.cryptMode !== 'none' && options.keyId !== undefined) return options.keyId
  for (const { repositoryId } of destinations) {
    const keyId = repositories.find(({ repository }) => repository.id === repositoryId)?.repository.keyId
    if (keyId !== undefined) return keyId
  }
  return undefined
}
