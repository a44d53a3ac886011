import { z } from 'zod'
import { repositoryId } from './ids.ts'
import { type Plan, planDraft } from './plan.ts'
import type { Repository } from './repository.ts'

/** A file is read whole, so it may not be long. */
export const longestPlanFile = 1_048_576

/** A plan on its own: exported by a person, or lying beside the data of each of its snapshots. */
export const planFile = z.object({
  format: z.literal('holdfast-plan'),
  version: z.literal(1),
  plan: planDraft.omit({ id: true }),
  /** What the ids in the plan mean, for a computer that knows these repositories by other ids. */
  repositories: z.array(z.object({ id: repositoryId, name: z.string(), address: z.string() })).max(64),
})

type Named = Pick<Repository, 'id' | 'name' | 'address'>

/** A plan as a file: everything a person set, with the addresses of its repositories, without any password or key. */
export function planToFile({ id: _, createdAt: __, ...plan }: Plan, known: readonly Named[]): string {
  const repositories = plan.destinations.flatMap(({ repositoryId: wanted }) =>
    known.filter(({ id }) => id === wanted).map(({ id, name, address }) => ({ id, name, address })),
  )
  const file: z.input<typeof planFile> = { format: 'holdfast-plan', version: 1, plan, repositories }
  return `${JSON.stringify(file, undefined, 2)}\n`
}
