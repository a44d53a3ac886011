import type { DatabaseSummary } from '../../../src-shared/contract/databases.ts'
import { HoldfastError } from '../../../src-shared/errors.ts'
import type { DatabaseTarget } from '../../../src-shared/model/database-restore.ts'
import type { SecretId, SnapshotId } from '../../../src-shared/model/ids.ts'
import type { Job } from '../../../src-shared/model/job.ts'
import {
  type MysqlFacts,
  type MysqlSecrets,
  type MysqlSource,
  type MysqlTable,
  mysqlFactsName,
  mysqlSecrets,
  mysqlSource,
} from '../../../src-shared/model/mysql-source.ts'
import type { Snapshot } from '../../../src-shared/model/snapshot.ts'
import { chainTo } from '../../engines/xtrabackup/chain/check-chain.ts'
import { parseMysqlFacts } from '../../sources/mysql/backup-facts.ts'
import { linkOf } from '../../sources/mysql/chain-link.ts'
import { formatSnapshotRef } from '../../storage/datastore/layout.ts'
import { databaseCommand } from './database-command.ts'
import type { JobStarter } from './job-starter.ts'
import type { RepositoriesService } from './repositories.ts'
import type { SnapshotsService } from './snapshots.ts'
import type { SourceSecrets } from './source-secrets.ts'

/** Facts of snapshots that were looked at; those of a server with ten thousand tables are a few MiB. */
const rememberedFacts = 20
/** Servers that answer at all do it sooner. */
const testTimeoutMs = 30_000
/** Snapshots of a lineage that are looked through for the links of a chain. */
const lineageLimit = 5000

export interface DatabasesOptions {
  readonly snapshots: SnapshotsService
  readonly repositories: RepositoriesService
  readonly jobs: JobStarter
  readonly secrets: SourceSecrets
}

export interface DatabaseRequest {
  readonly snapshotId: SnapshotId
  readonly as: DatabaseTarget
}

interface Sizes {
  readonly tables: number
  readonly sizeBytes?: number | undefined
}

/** Database servers as snapshots hold them. */
export class DatabasesService {
  readonly #options: DatabasesOptions
  readonly #facts = new Map<SnapshotId, MysqlFacts>()

  constructor(options: DatabasesOptions) {
    this.#options = options
  }

  async summary(id: SnapshotId, signal: AbortSignal): Promise<DatabaseSummary> {
    const snapshot = await this.#options.snapshots.get(id)
    const { format: _, base: __, databases, ...facts } = await this.#factsOf(snapshot, signal)
    return {
      ...facts,
      databases: databases.map(({ name, tables }) => ({
        name,
        ...sizesOf(tables),
        storedBytes: tables.reduce((sum, { storedBytes }) => sum + storedBytes, 0),
      })),
      ...(await this.#chain(snapshot, signal)),
    }
  }

  async tables(
    page: {
      readonly snapshotId: SnapshotId
      readonly database: string
      readonly offset: number
      readonly limit: number
    },
    signal: AbortSignal,
  ): Promise<{ tables: MysqlTable[]; total: number }> {
    const facts = await this.#factsOf(await this.#options.snapshots.get(page.snapshotId), signal)
    const tables = facts.databases.find(({ name }) => name === page.database)?.tables
    if (tables === undefined) throw new HoldfastError('path/not-found', { detail: page.database })
    return { tables: tables.slice(page.offset, page.offset + page.limit), total: tables.length }
  }

  async restore({ snapshotId, as }: DatabaseRequest): Promise<Job> {
    const snapshot = await this.#options.snapshots.get(snapshotId)
    if (!holdsDatabase(snapshot))
      throw new HoldfastError('input/invalid', { detail: 'This snapshot holds no database server.' })
    return this.#options.jobs.start(
      { kind: 'restore-database', snapshotId, as },
      { name: formatSnapshotRef(snapshot.ref), repositoryId: snapshot.repositoryId, planId: snapshot.planId },
    )
  }

  async asCommand({ snapshotId, as }: DatabaseRequest): Promise<string> {
    const { ref } = await this.#options.snapshots.get(snapshotId)
    return databaseCommand(formatSnapshotRef(ref), as)
  }

  async test(
    wish: {
      readonly connection: MysqlSource['connection']
      readonly secretId?: SecretId | undefined
      readonly secrets: MysqlSecrets
    },
    signal: AbortSignal,
  ) {
    const stored = wish.secretId === undefined ? {} : await this.#options.secrets.get(wish.secretId)
    const timeout = AbortSignal.timeout(testTimeoutMs)
    try {
      // The engine is loaded with the first test; jobs, which need it too, have threads of their own.
      const { inspectServer } = await import('../../sources/mysql/fetch-backup.ts')
      const { version, toolVersion, missingRights, tables } = await inspectServer({
        spec: mysqlSource.parse({ kind: 'mysql', connection: wish.connection }),
        secrets: mysqlSecrets.parse({ ...stored, ...wish.secrets }),
        signal: AbortSignal.any([signal, timeout]),
      })
      const databases = Map.groupBy(tables, ({ database }) => database)
      return {
        version,
        toolVersion,
        missingRights: [...missingRights],
        databases: Array.from(databases, ([name, some]) => ({
          name,
          tables: some.length,
          sizeBytes: some.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
        })).slice(0, 10_000),
      }
    } catch (error) {
      if (timeout.aborted && !signal.aborted)
        throw new HoldfastError('mysql/agent-unreachable', { detail: 'Nothing came for half a minute.' })
      throw error
    }
  }

  /** Goes from a point to its full. Where a link is missing, as far as there are any. */
  async #chain(snapshot: Snapshot, signal: AbortSignal): Promise<Pick<DatabaseSummary, 'chain' | 'problem'>> {
    const { lineageId } = snapshot
    const lineage = await this.#options.snapshots.list({ lineageId, limit: lineageLimit })
    const byTime = new Map(lineage.map((one) => [one.ref.time, one]))
    const links: { readonly snapshot: Snapshot; readonly time: number; readonly facts: MysqlFacts }[] = []
    const seen = new Set<number>()
    for (let at: Snapshot | undefined = snapshot; at !== undefined && !seen.has(at.ref.time); ) {
      seen.add(at.ref.time)
      if (!holdsDatabase(at)) break
      const facts: MysqlFacts = await this.#factsOf(at, signal)
      links.unshift({ snapshot: at, time: at.ref.time, facts })
      at = facts.base === undefined ? undefined : byTime.get(facts.base.time)
    }
    const chain = links.map(({ snapshot: { id }, time, facts }) => ({
      snapshotId: id,
      at: time * 1000,
      level: facts.level,
    }))
    try {
      chainTo(snapshot.ref.time, links.map(linkOf))
      return { chain }
    } catch (error) {
      if (!(error instanceof HoldfastError)) throw error
      return { chain, problem: error.message }
    }
  }

  async #factsOf(snapshot: Snapshot, signal: AbortSignal): Promise<MysqlFacts> {
    const known = this.#facts.get(snapshot.id)
    if (known !== undefined) return known
    if (!holdsDatabase(snapshot))
      throw new HoldfastError('mysql/incomplete', { detail: 'This snapshot holds no database server.' })
    const facts = await this.#options.snapshots.withReader(snapshot, signal, async (reader) =>
      parseMysqlFacts(await reader.blob(`${mysqlFactsName}.blob`, signal)),
    )
    const oldest = this.#facts.keys().next().value
    if (this.#facts.size >= rememberedFacts && oldest !== undefined) this.#facts.delete(oldest)
    this.#facts.set(snapshot.id, facts)
    return facts
  }
}

function sizesOf(tables: readonly MysqlTable[]): Sizes {
  const known = tables.flatMap(({ sizeBytes }) => (sizeBytes === undefined ? [] : [sizeBytes]))
  return {
    tables: tables.length,
    ...(known.length > 0 && { sizeBytes: known.reduce((sum, bytes) => sum + bytes, 0) }),
  }
}

function holdsDatabase({ archives }: Snapshot): boolean {
  return archives.some(({ filename }) => filename === `${mysqlFactsName}.blob`)
}
