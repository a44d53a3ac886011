import { assertNever } from '../../src-shared/assert-never.ts'
import { type CouchbaseSecrets, couchbaseSecrets } from '../../src-shared/model/couchbase-source.ts'
import { jobServerSecrets } from '../../src-shared/model/job-server-source.ts'
import type { PlanSource } from '../../src-shared/model/source.ts'
import { type CouchbaseSourceOptions, createCouchbaseSource } from './couchbase/couchbase-source.ts'
import { createFilesSource, type FilesSourceOptions } from './files/files-source.ts'
import { createImageSource } from './image/image-source.ts'
import { createJobServerSource } from './job-server/job-server-source.ts'
import { createMysqlSource, type MysqlSourceOptions } from './mysql/mysql-source.ts'
import type { Source } from './source.ts'

export interface SourceTools extends FilesSourceOptions {
  /** Passwords, by the names the sources know them under. */
  readonly secrets: Readonly<Record<string, string>>
  readonly couchbase: Omit<CouchbaseSourceOptions, keyof CouchbaseSecrets>
  readonly mysql?: Omit<MysqlSourceOptions, 'secrets' | 'calls'> | undefined
}

/** The source of a plan, whichever kind it is. */
export function createSource(plan: PlanSource, tools: SourceTools): Source {
  const { calls, secrets } = tools
  switch (plan.kind) {
    case 'folders':
      return createFilesSource(plan, tools)
    case 'image':
      return createImageSource(plan)
    case 'mysql':
      return createMysqlSource(plan, { ...tools.mysql, secrets, calls })
    case 'couchbase':
      return createCouchbaseSource(plan, { ...tools.couchbase, ...couchbaseSecrets.parse(secrets) })
    case 'job-server':
      return createJobServerSource(plan, { token: jobServerSecrets.parse(secrets).token ?? '' })
    default:
      return assertNever(plan)
  }
}
