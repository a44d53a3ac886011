import './plans.css'
import { useLocation, useParams, useSearchParams } from 'react-router'
import { z } from 'zod'
import type { PlanId } from '../../../src-shared/model/ids.ts'
import { type PlanDraft, planDraft } from '../../../src-shared/model/plan.ts'
import { useApp, useShared, useSharedValue } from '../../state/use-app.tsx'
import { useQuery } from '../../state/use-query.ts'
import { ErrorState } from '../../ui/ErrorState.tsx'
import { QueryView } from '../../ui/QueryView.tsx'
import { SkeletonCards } from '../../ui/Skeletons.tsx'
import { draftOf, newDraft } from './draft.ts'
import { PlanEditor } from './PlanEditor.tsx'
import { planFromFile } from './plan-file.ts'

/** `/plans/new`, with `path` the folder to begin with, `server` the job server or `from` the plan to copy; `/plans/:id/edit`. */
export function PlanEditorView() {
  const { id } = useParams()
  const [params] = useSearchParams()
  const from = params.get('from') ?? undefined
  const path = params.get('path') ?? undefined
  const serverId = params.get('server') ?? undefined
  const navigation: unknown = useLocation().state
  const imported = draftIn(navigation)
  const keys = useSharedValue('keys') ?? []
  const existing = (id ?? from) as PlanId | undefined // from the address; the other side refuses what is none
  const plan = useQuery(['plan-to-edit', existing], async (client, signal) =>
    existing === undefined ? undefined : client.plans.get({ id: existing }, { signal }),
  )
  const server = useQuery(['plan-of-server', serverId], async (client, signal) =>
    serverId === undefined
      ? undefined
      : (await client.jobServers.list(undefined, { signal })).find(({ id }) => id === serverId),
  )
  const app = useApp()
  const info = useShared('info')
  const repositories = useShared('repositories')
  if (info.state === 'failed') return <ErrorState failure={info.failure} onRetry={app.info.reload} />
  if (repositories.state === 'failed') {
    return <ErrorState failure={repositories.failure} onRetry={app.repositories.reload} />
  }
  if (info.state === 'loading' || repositories.state === 'loading' || server.state === 'loading')
    return <SkeletonCards />
  return (
    <QueryView query={plan} onRetry={plan.reload}>
      {(state) => (
        <PlanEditor
          key={`${id}:${from}:${path}:${serverId}`}
          initial={
            state === undefined
              ? (imported ??
                fileIn(navigation, repositories.value, keys) ??
                newDraft(
                  path,
                  { ...info.value, repositories: repositories.value },
                  server.state === 'ready' ? server.value : undefined,
                ))
              : draftOf(state.plan, id === undefined ? 'duplicate' : 'edit')
          }
        />
      )}
    </QueryView>
  )
}

/** A draft that came with the navigation: a plan read from a file, whose repositories may be missing. */
const handedOver = z.object({ draft: planDraft.extend({ destinations: planDraft.shape.destinations.min(0) }) })
/** A plan file that another screen found, in a snapshot for one. */
const fileHandedOver = z.object({ planFile: z.string() })

function draftIn(state: unknown): PlanDraft | undefined {
  return handedOver.safeParse(state).data?.draft
}

function fileIn(
  state: unknown,
  repositories: Parameters<typeof planFromFile>[1],
  keys: readonly { readonly id: string }[],
): PlanDraft | undefined {
  const file = fileHandedOver.safeParse(state).data?.planFile
  if (file === undefined) return undefined
  const ids = keys.map(({ id }) => id)
  return planFromFile(file, repositories, ids)
}
