import { foldText } from '../../../src-shared/model/fold-text.ts'
import type { Job, JobKind } from '../../../src-shared/model/job.ts'
import { translateSaid } from '../../i18n/said.ts'
import { formatDayHead } from '../../ui/format.ts'
import { jobStatusKind } from '../../ui/job-words.ts'

export type StateFilter = 'any' | 'good' | 'trouble'

export interface JobFilter {
  readonly text: string
  readonly planId: string | undefined
  readonly kind: JobKind | undefined
  readonly state: StateFilter
}

export const noFilter: JobFilter = { text: '', planId: undefined, kind: undefined, state: 'any' }

export function isFiltering(filter: JobFilter): boolean {
  return filter.text.trim() !== '' || filter.planId !== undefined || filter.kind !== undefined || filter.state !== 'any'
}

export function matches(job: Job, filter: JobFilter): boolean {
  if (filter.planId !== undefined && job.planId !== filter.planId) return false
  if (filter.kind !== undefined && job.spec.kind !== filter.kind) return false
  if (filter.state !== 'any' && (jobStatusKind(job) === 'good') !== (filter.state === 'good')) return false
  return foldText(translateSaid(job.title)).includes(foldText(filter.text.trim()))
}

/** History and live jobs as one: what the stream says is newer than what was read. */
export function mergeJobs(read: readonly Job[], live: ReadonlyMap<string, Job>): readonly Job[] {
  const byId = new Map<string, Job>(read.map((job) => [job.id, job]))
  for (const [id, job] of live) byId.set(id, job)
  return [...byId.values()]
}

export interface DayGroup {
  readonly head: string
  readonly jobs: readonly Job[]
}

/** Finished jobs, newest first, under Today, Yesterday, Monday, 14 November. */
export function groupByDay(jobs: readonly Job[], now: number): readonly DayGroup[] {
  const groups = new Map<string, Job[]>()
  for (const job of jobs) {
    const head = formatDayHead(job.queuedAt, now)
    const group = groups.get(head)
    if (group === undefined) groups.set(head, [job])
    else group.push(job)
  }
  return [...groups].map(([head, members]) => ({ head, jobs: members }))
}
