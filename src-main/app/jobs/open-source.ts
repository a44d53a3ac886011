import type { BackupGroup, Repository } from '../../repositories/repository.ts'
import { chooseBase } from '../../sources/mysql/choose-level.ts'
import { createSource } from '../../sources/open-source.ts'
import type { SourceView } from '../../sources/source.ts'
import { databaseSnapshots } from './group-snapshots.ts'
import type { JobTools } from './job-tools.ts'
import type { BackupSpec } from './run-backup.ts'

export interface OpenSourceInput {
  readonly spec: BackupSpec
  readonly group: BackupGroup
  readonly repository: Repository
}

/** Opens the source of a backup with what it wants to know of the snapshots before it. */
export async function openSource(tools: JobTools, { spec, group, repository }: OpenSourceInput): Promise<SourceView> {
  const { calls, log, meter, order, signal } = tools
  const { source } = spec
  const common = { calls, recordExcludes: spec.options.mode === 'legacy', secrets: order.sourceSecrets }
  const observer = { problem: log.problem.bind(log) }
  if (source.kind !== 'mysql') return createSource(source, common).open(observer, signal)
  const base = chooseBase({
    policy: source.incremental,
    snapshots: await databaseSnapshots(repository, group, signal),
    now: Math.floor(Date.now() / 1000),
    dayOf: (time) => dayIn(order.timeZone, time),
    databases: source.databases,
  })
  log.line('info', base === undefined ? 'A full backup.' : 'An incremental on the snapshot before it.')
  const onLine = (line: string): void => log.line('debug', line)
  const onBytes = (count: number): void => {
    meter.fetchedBytes += count
  }
  return createSource(source, { ...common, mysql: { base, onLine, onBytes } }).open(observer, signal)
}

const weekdays = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']

/** The date and day of the week of a moment (Unix seconds) where the plan lives. */
function dayIn(timeZone: string, time: number): { date: string; weekday: number } {
  const at = new Date(time * 1000)
  const date = new Intl.DateTimeFormat('sv-SE', { timeZone }).format(at)
  const day = new Intl.DateTimeFormat('en-US', { timeZone, weekday: 'short' }).format(at)
  return { date, weekday: weekdays.indexOf(day) }
}
