import type { Plan, PlanDraft } from '../../../src-shared/model/plan.ts'
import { planFile, planToFile } from '../../../src-shared/model/plan-file.ts'
import type { RepositoryState } from '../../../src-shared/model/repository.ts'
import { saveText } from '../../ui/save-file.ts'

type Known = Pick<RepositoryState, 'repository'>

/**
 * The draft of a file, to be looked at before it is saved. Destinations are found by id, else by address; those that this
 * computer does not know are left out, as is a key that is not here. `undefined` when the text is no plan.
 */
export function planFromFile(text: string, known: readonly Known[], keyIds: readonly string[]): PlanDraft | undefined {
  const file = planFile.safeParse(parseJson(text))
  if (!file.success) return undefined
  const { plan, repositories } = file.data
  const here = (wanted: string) => {
    const address = repositories.find(({ id }) => id === wanted)?.address
    return known.find(({ repository }) => repository.id === wanted || repository.address === address)?.repository.id
  }
  const destinations = plan.destinations.flatMap((each) => {
    const found = here(each.repositoryId)
    return found === undefined ? [] : [{ ...each, repositoryId: found }]
  })
  const { keyId, ...options } = plan.options
  return {
    ...plan,
    destinations,
    options: keyId === undefined || !keyIds.includes(keyId) ? options : { ...options, keyId },
  }
}

/** Puts the file where the browser puts downloads, or where the desktop asks. */
export function savePlan(plan: Plan, known: readonly Known[]): void {
  const repositories = known.map(({ repository }) => repository)
  const name = `${plan.name.replace(/[^\p{L}\p{N}._-]+/gu, '-')}.holdfast-plan.json`
  saveText(name, planToFile(plan, repositories), 'application/json')
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
