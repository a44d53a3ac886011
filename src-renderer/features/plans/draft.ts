import { backupIdOf } from '../../../src-shared/model/backup-id.ts'
import type { RepositoryId } from '../../../src-shared/model/ids.ts'
import type { KnownJobServer } from '../../../src-shared/model/known-job-server.ts'
import { type Plan, type PlanDraft, planDraft } from '../../../src-shared/model/plan.ts'
import type { RepositoryState } from '../../../src-shared/model/repository.ts'
import type { PlanSource } from '../../../src-shared/model/source.ts'
import { t } from '../../i18n/translate.ts'
import { capitalise, lastComponent } from '../../ui/words.ts'
import { sourceOfServer } from './JobServerFields.tsx'
import { sourceForm } from './source-kinds.tsx'

/** Suits most: a week of days one by one, then weeks, months and years. */
const DEFAULT_RETENTION = { last: 6, hourly: 24, daily: 14, weekly: 8, monthly: 12, yearly: 3 } as const

/** Stands for the repository on this computer that is made on saving when there is none: two clicks to the first backup. */
export const TO_BE_MADE = '00000000-0000-4000-8000-000000000000' as RepositoryId // a UUID that random ones never are

export function isToBeMade(draft: PlanDraft): boolean {
  return draft.destinations.some(({ repositoryId }) => repositoryId === TO_BE_MADE)
}

export interface DraftContext {
  readonly computer: string
  readonly timeZone: string
  readonly homeDirectory: string
  readonly repositories: readonly RepositoryState[]
}

/** A plan that would run as it stands, once a folder and a repository are there: two clicks to the first backup. */
export function newDraft(
  path: string | undefined,
  { computer, timeZone, homeDirectory, repositories }: DraftContext,
  server?: KnownJobServer,
): PlanDraft {
  const name = server?.name ?? (path === undefined ? '' : nameOf(path, homeDirectory))
  const first = repositories.find((state) => state.reachable !== false)
  return {
    name,
    source:
      server === undefined
        ? {
            kind: 'folders',
            paths: path === undefined ? [] : [path],
            excludes: [],
            presets: [],
            oneFileSystem: true,
            fileSystemSnapshot: 'off',
          }
        : sourceOfServer(server),
    backupId: backupIdOf(computer, name),
    destinations: [first === undefined ? firstDestination(TO_BE_MADE) : destinationTo(first)],
    schedule: { kind: 'interval', everyMinutes: 60, timeZone },
    conditions: { catchUp: true, onBattery: 'skip-below-30', onMetered: 'run' },
    options: {
      mode: 'metadata',
      compress: true,
      cryptMode: first?.repository.keyId === undefined ? 'none' : 'encrypt',
      ...(first?.repository.keyId === undefined ? {} : { keyId: first.repository.keyId }),
      verifyAfter: false,
    },
    retry: { attempts: 3, firstDelayMinutes: 5 },
    hooks: {},
    enabled: true,
  }
}

export function destinationTo({ repository }: RepositoryState): PlanDraft['destinations'][number] {
  return firstDestination(repository.id)
}

function firstDestination(repositoryId: RepositoryId): PlanDraft['destinations'][number] {
  return { repositoryId, namespace: '', retention: { ...DEFAULT_RETENTION } }
}

/** An existing plan for editing, or without its id as the start of another one. */
export function draftOf({ createdAt: _, id, ...plan }: Plan, purpose: 'edit' | 'duplicate'): PlanDraft {
  return purpose === 'edit'
    ? { ...plan, id }
    : {
        ...plan,
        source: withoutSecret(plan.source),
        name: t('plans.copyOf', { name: plan.name }).slice(0, 100),
        backupId: `${plan.backupId}-copy`.slice(0, 128),
      }
}

/** The passwords go with the plan they were typed for. */
function withoutSecret(source: PlanSource): PlanSource {
  if (!('secretId' in source)) return source
  const { secretId: _, ...rest } = source
  return rest
}

export type DraftStep = 'name' | 'what' | 'where' | 'when' | 'keep' | 'options'

/** What is still missing, by step, said calmly. Empty when the plan can be saved. */
export function checkDraft(draft: PlanDraft): ReadonlyMap<DraftStep, string> {
  const problems = new Map<DraftStep, string>()
  if (draft.source.kind === 'folders' && draft.source.paths.length === 0) problems.set('what', t('plans.needFolder'))
  const sourceProblem = sourceForm(draft.source)?.problem
  if (sourceProblem !== undefined) problems.set('what', sourceProblem)
  if (draft.name.trim() === '') problems.set('name', t('plans.needName'))
  if (draft.destinations.length === 0) problems.set('where', t('plans.chooseWhere'))
  if (draft.options.cryptMode !== 'none' && draft.options.keyId === undefined) {
    problems.set('where', t('plans.needKey'))
  }
  if (draft.schedule.kind === 'weekly' && draft.schedule.days.length === 0) problems.set('when', t('plans.needDay'))
  if (problems.size > 0) return problems
  for (const issue of planDraft.safeParse(draft).error?.issues ?? []) {
    problems.set(
      stepOf(issue.path[0]),
      t('plans.runWords', { when: capitalise(issue.path.join(' › ')), what: issue.message }),
    )
  }
  return problems
}

function stepOf(field: PropertyKey | undefined): DraftStep {
  switch (field) {
    case 'name':
      return 'name'
    case 'source':
      return 'what'
    case 'destinations':
      return 'where'
    case 'schedule':
    case 'conditions':
      return 'when'
    default:
      return 'options'
  }
}

function nameOf(path: string, homeDirectory: string): string {
  if (path === homeDirectory) return t('plans.homeFolder')
  const name = lastComponent(path)
  return name === path ? t('plans.wholeComputer') : capitalise(name)
}
