import type { KeyId, RepositoryId, SnapshotId } from '../../../src-shared/model/ids.ts'
import type { Job, JobSpec } from '../../../src-shared/model/job.ts'
import type { Repository } from '../../../src-shared/model/repository.ts'
import type { IndexReader } from '../../catalog/index/index-reader.ts'
import type { CatalogWriter } from '../../catalog/main/open-catalog.ts'
import type { BugLog } from '../contract-errors.ts'
import type { BucketReturns } from '../couchbase/bucket-returns.ts'
import type { Host } from '../host.ts'
import type { DatabasePreviews } from '../inside/database-previews.ts'
import type { JobServer } from '../job-server/job-server.ts'
import type { KnownServers } from '../job-server/known-servers.ts'
import type { OwnRunners } from '../job-server/own-runners.ts'
import type { RemoteServers } from '../job-server/remote-servers.ts'
import type { ServerRestores } from '../job-server/server-restores.ts'
import type { JobQueue } from '../jobs/job-queue.ts'
import type { SnapshotDrives } from '../mount/snapshot-drives.ts'
import type { ChannelsService } from '../notify/channels-service.ts'
import type { SnapshotContent } from '../open-content.ts'
import type { WakeWatch } from '../schedule/wake.ts'
import type { ServersService } from '../servers/servers-service.ts'
import type { Canaries } from '../trust/canaries.ts'
import type { TrustService } from '../trust/trust-service.ts'
import type { Changes } from './changes.ts'
import type { CompareResult } from './compare.ts'
import type { DatabasesService } from './databases.ts'
import type { DragOut } from './drag-out.ts'
import type { FoldersService } from './folders.ts'
import type { GroupsService } from './groups-service.ts'
import type { HistoryService } from './history-service.ts'
import type { JobStarter } from './job-starter.ts'
import type { KeysService } from './keys.ts'
import type { MasterKeysService } from './master-keys.ts'
import type { PlansService } from './plans.ts'
import type { RepositoriesService } from './repositories.ts'
import type { RepositoryHub } from './repository-hub.ts'
import type { RestoresService } from './restores.ts'
import type { ScheduleMemory } from './schedule-memory.ts'
import type { ServerTasksService } from './server-tasks.ts'
import type { SnapshotsService } from './snapshots.ts'
import type { SourceSecrets } from './source-secrets.ts'
import type { SpaceService } from './space.ts'

/** What the handlers of the contract stand on; made in create-app.ts. */
export interface Services {
  readonly host: Host
  readonly timeZone: string
  readonly catalog: CatalogWriter
  readonly reader: IndexReader
  readonly changes: Changes
  readonly memory: ScheduleMemory
  readonly queue: JobQueue
  readonly jobs: JobStarter
  readonly keys: KeysService
  readonly masterKeys: MasterKeysService
  readonly groups: GroupsService
  readonly history: HistoryService
  readonly serverTasks: ServerTasksService
  readonly secrets: SourceSecrets
  readonly folders: FoldersService
  readonly hub: RepositoryHub
  readonly repositories: RepositoriesService
  readonly snapshots: SnapshotsService
  readonly plans: PlansService
  readonly restores: RestoresService
  readonly databases: DatabasesService
  readonly servers: ServersService
  readonly jobServer: JobServer
  readonly knownServers: KnownServers
  /** Loaded with the first question to one of them. */
  readonly remoteServers: () => Promise<RemoteServers>
  readonly serverRestores: ServerRestores
  readonly ownRunners: OwnRunners
  readonly bucketReturns: BucketReturns
  readonly channels: ChannelsService
  readonly trust: TrustService
  readonly canaries: Canaries
  readonly wake: WakeWatch
  readonly space: SpaceService
  readonly content: SnapshotContent
  readonly databasePreviews: DatabasePreviews
  readonly dragOut: DragOut
  readonly drives: SnapshotDrives
  readonly bugs: BugLog
  /** Writes down who did what (audited.ts). */
  audit(action: string, input: unknown): void
  /** History, newest first. */
  listJobs(filter: JobFilter): readonly Job[]
  /** Runs a specification once, named after what it works on. */
  startJob(spec: JobSpec, trigger: Job['trigger']): Promise<Job>
  compareWithDisk(
    wish: { readonly from: SnapshotId; readonly path: string; readonly includeIdentical: boolean },
    signal: AbortSignal,
  ): Promise<CompareResult>
  setRepositoryKey(id: RepositoryId, keyId: KeyId | undefined): Promise<Repository>
  /** Takes all snapshots of a repository out of the index. */
  dropIndex(id: RepositoryId, signal: AbortSignal | undefined): Promise<void>
}

export interface JobFilter {
  readonly planId?: Job['planId']
  readonly repositoryId?: Job['repositoryId']
  readonly kinds?: readonly string[] | undefined
  readonly states?: readonly Job['status']['state'][] | undefined
  readonly before?: number | undefined
  readonly limit: number
}
