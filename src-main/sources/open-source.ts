import { assertNever } from '../../src-shared/assert-never.ts'
import { type CouchbaseSecrets, couchbaseSecrets } from '../../src-shared/model/couchbase-source.ts'
import { jobServerSecrets } from '../../src-shared/model/job-server-source.ts'
import type { PlanSource } from '../../src-shared/model/source.ts'
import type { Pace } from '../os/pace.ts'
import { type CouchbaseSourceOptions, createCouchbaseSource } from './couchbase/couchbase-source.ts'
import { createFilesSource, type FilesSourceOptions } from './files/files-source.ts'
import { createImageSource } from './image/image-source.ts'
import { createJobServerSource } from './job-server/job-server-source.ts'
import { createMysqlSource, type MysqlSourceOptions } from './mysql/mysql-source.ts'
import { paceArchives } from './pace-archives.ts'
import type { Source } from './source.ts'

export interface SourceTools extends FilesSourceOptions {
  /** Passwords, by the names the sources know them under. */
  readonly secrets: Readonly<Record<string, string>>
  readonly couchbase: Omit<CouchbaseSourceOptions, keyof CouchbaseSecrets | 'pace'>
  readonly mysql?: Omit<MysqlSourceOptions, 'secrets' | 'calls' | 'pace'> | undefined
  /** How fast it may be read; absent is as fast as it goes. */
  readonly pace?: Pace | undefined
}

/** The source of a plan, whichever kind it is. */
export function createSource(plan: PlanSource, tools: SourceTools): Source {
  const { calls, secrets, pace } = tools
  switch (plan.kind) {
    case 'folders':
      return paceArchives(createFilesSource(plan, tools), pace)
    case 'image':
      return paceArchives(createImageSource(plan), pace)
    case 'mysql':
      return createMysqlSource(plan, { ...tools.mysql, secrets, calls, pace })
    case 'couchbase':
      return createCouchbaseSource(plan, { ...tools.couchbase, ...couchbaseSecrets.parse(secrets), pace })
    case 'job-server':
      return createJobServerSource(plan, { token: jobServerSecrets.parse(secrets).token ?? '', pace })
    default:
      return assertNever(plan)
  }
}
