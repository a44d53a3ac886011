import { z } from 'zod'
import { repositoryId } from '../../../src-shared/model/ids.ts'
import { type Plan, type PlanDraft, planDraft } from '../../../src-shared/model/plan.ts'
import type { RepositoryState } from '../../../src-shared/model/repository.ts'

/** A file is read whole, so it may not be long. */
export const LONGEST_FILE = 1_048_576

const planFile = z.object({
  format: z.literal('holdfast-plan'),
  version: z.literal(1),
  plan: planDraft.omit({ id: true }),
  /** What the ids in the plan mean, for a computer that knows these repositories by other ids. */
  repositories: z.array(z.object({ id: repositoryId, name: z.string(), address: z.string() })).max(64),
})

type Known = Pick<RepositoryState, 'repository'>

/** A plan as a file: everything a person set, with the addresses of its repositories, without any password or key. */
export function planToFile({ id: _, createdAt: __, ...plan }: Plan, known: readonly Known[]): string {
  const repositories = plan.destinations.flatMap(({ repositoryId: wanted }) =>
    known
      .filter(({ repository }) => repository.id === wanted)
      .map(({ repository: { id, name, address } }) => ({ id, name, address })),
  )
  const file: z.input<typeof planFile> = { format: 'holdfast-plan', version: 1, plan, repositories }
  return `${JSON.stringify(file, undefined, 2)}\n`
}

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
  const address = URL.createObjectURL(new Blob([planToFile(plan, known)], { type: 'application/json' }))
  const link = document.createElement('a')
  link.href = address
  link.download = `${plan.name.replace(/[^\p{L}\p{N}._-]+/gu, '-')}.holdfast-plan.json`
  link.click()
  URL.revokeObjectURL(address)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
