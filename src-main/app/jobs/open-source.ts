import { join } from 'node:path'
import type { Pace } from '../../os/pace.ts'
import type { BackupGroup, Repository } from '../../repositories/repository.ts'
import { couchbaseArchive } from '../../sources/couchbase/couchbase-source.ts'
import { chooseBase } from '../../sources/mysql/choose-level.ts'
import { createSource, type SourceTools } from '../../sources/open-source.ts'
import type { SourceView } from '../../sources/source.ts'
import { readLastReport } from '../couchbase/report-of-snapshot.ts'
import { freezeSource } from './freeze-source.ts'
import { databaseSnapshots } from './group-snapshots.ts'
import type { JobTools } from './job-tools.ts'
import type { BackupSpec } from './run-backup.ts'

export interface OpenSourceInput {
  readonly spec: BackupSpec
  readonly group: BackupGroup
  readonly repository: Repository
  /** How fast the source may be read. */
  readonly pace: Pace | undefined
}

/** Opens the source of a backup with what it wants to know of the snapshots before it. */
export async function openSource(
  tools: JobTools,
  { spec, group, repository, pace }: OpenSourceInput,
): Promise<SourceView> {
  const { log, meter, order, signal } = tools
  const { source } = spec
  const observer = { problem: log.problem.bind(log) }
  const onBytes = (count: number): void => {
    meter.fetchedBytes += count
  }
  const plain = sourceTools(tools, spec)
  const common = { ...plain, pace, couchbase: { ...plain.couchbase, onBytes } }
  if (source.kind === 'couchbase') {
    const fetch = spec.options.mode === 'metadata' ? 'changed' : 'all'
    const tree = couchbaseArchive(source.bucket)
    const lastReport = await readLastReport({ repository, group, tree }, signal)
    return createSource(source, { ...common, couchbase: { ...common.couchbase, fetch, lastReport } }).open(
      observer,
      signal,
    )
  }
  if (source.kind !== 'mysql') {
    const freeze: SourceTools['freeze'] = (folders, abort) => freezeSource(tools, folders, abort)
    return createSource(source, { ...common, freeze }).open(observer, signal)
  }
  const base = chooseBase({
    policy: source.incremental,
    snapshots: await databaseSnapshots(repository, group, signal),
    now: Math.floor(Date.now() / 1000),
    dayOf: (time) => dayIn(order.timeZone, time),
    databases: source.databases,
  })
  log.line('info', base === undefined ? 'A full backup.' : 'An incremental on the snapshot before it.')
  const onLine = (line: string): void => log.line('debug', line)
  return createSource(source, { ...common, mysql: { base, onLine, onBytes } }).open(observer, signal)
}

/** What every source is opened with, also where its contents are not wanted. */
export function sourceTools({ calls, order }: JobTools, { options }: BackupSpec): SourceTools {
  return {
    calls,
    recordExcludes: options.mode === 'legacy',
    secrets: order.sourceSecrets,
    couchbase: { stagingFolder: join(order.dataDirectory, 'staging') },
  }
}

const weekdays = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']

/** The date and day of the week of a moment (Unix seconds) where the plan lives. */
function dayIn(timeZone: string, time: number): { date: string; weekday: number } {
  const at = new Date(time * 1000)
  const date = new Intl.DateTimeFormat('sv-SE', { timeZone }).format(at)
  const day = new Intl.DateTimeFormat('en-US', { timeZone, weekday: 'short' }).format(at)
  return { date, weekday: weekdays.indexOf(day) }
}
