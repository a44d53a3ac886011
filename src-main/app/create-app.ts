import { hostname } from 'node:os'
import { createRouterClient } from '@orpc/server'
import type { Client } from '../../src-shared/contract/index.ts'
import type { SnapshotId } from '../../src-shared/model/ids.ts'
import { openIndex } from '../catalog/index/open-index.ts'
import { openWorkerIndexReader } from '../catalog/index/worker-index-reader.ts'
import { openCatalog } from '../catalog/main/open-catalog.ts'
import { makeFolders } from '../os/make-folders.ts'
import { openFileSystemCalls } from '../os/open-file-system-calls.ts'
import type { App } from './app.ts'
import { auditDetail } from './audited.ts'
import { createBugLog } from './bug-log.ts'
import { BucketReturns } from './couchbase/bucket-returns.ts'
import type { Host } from './host.ts'
import { DatabasePreviews } from './inside/database-previews.ts'
import { JobServer } from './job-server/job-server.ts'
import { KnownServers } from './job-server/known-servers.ts'
import { OwnRunners } from './job-server/own-runners.ts'
import { ServerRestores } from './job-server/server-restores.ts'
import type { Work, WorkWish } from './job-server/work-as-runner.ts'
import { afterJob } from './jobs/after-job.ts'
import { JobQueue } from './jobs/job-queue.ts'
import { createThreadRunner } from './jobs/job-thread.ts'
import { SnapshotDrives } from './mount/snapshot-drives.ts'
import { ChannelsService } from './notify/channels-service.ts'
import { PlanWatch } from './notify/plan-watch.ts'
import { SnapshotContent } from './open-content.ts'
import { prepareJob } from './prepare-job.ts'
import { createRouter } from './router/create-router.ts'
import { Housekeeping } from './schedule/housekeeping.ts'
import { schedulePlans } from './schedule/schedule-plans.ts'
import type { OfferedSnapshot } from './servers/running-server.ts'
import { ServersService } from './servers/servers-service.ts'
import { Changes } from './services/changes.ts'
import { DatabasesService } from './services/databases.ts'
import { compareWithDisk } from './services/disk-comparison.ts'
import { DragOut } from './services/drag-out.ts'
import { dropIndex } from './services/drop-index.ts'
import { FoldersService } from './services/folders.ts'
import { GroupsService } from './services/groups-service.ts'
import { HistoryService } from './services/history-service.ts'
import { listJobs, startJob } from './services/job-history.ts'
import { JobStarter } from './services/job-starter.ts'
import { KeysService } from './services/keys.ts'
import { MasterKeysService } from './services/master-keys.ts'
import { NewKeys } from './services/new-keys.ts'
import { PlansService } from './services/plans.ts'
import { RepositoriesService } from './services/repositories.ts'
import { RepositoryHub } from './services/repository-hub.ts'
import { RestoresService } from './services/restores.ts'
import { ScheduleMemory } from './services/schedule-memory.ts'
import { ServerTasksService } from './services/server-tasks.ts'
import type { Services } from './services/services.ts'
import { setRepositoryKey } from './services/set-repository-key.ts'
import { SnapshotsService } from './services/snapshots.ts'
import { SourceSecrets } from './services/source-secrets.ts'
import { SpaceService } from './services/space.ts'
import { Canaries } from './trust/canaries.ts'
import { TrustService } from './trust/trust-service.ts'

export interface AppOptions {
  /** False for the command line, which runs its own jobs beside an app whose scheduler is at work. */
  readonly scheduler?: boolean | undefined
  /** Runs jobs in this thread instead of one of their own: for tests that look inside. */
  readonly jobsInThread?: boolean | undefined
}

const watchEveryMs = 700

/** Everything that jobs are done with, which this thread needs only if it does them. */
async function loadJobs() {
  return (await import('./jobs/run-job.ts')).runJob
}

/** Puts the app together on a data folder. Throws `catalog/newer`, `catalog/corrupt`, `catalog/busy`, `disk/read-only`. */
export async function createApp(host: Host, options: AppOptions = {}): Promise<App> {
  const { clock, dataDirectory } = host
  const isResident = options.scheduler !== false
  makeFolders(dataDirectory, 0o700)
  const timeZone = Intl.DateTimeFormat().resolvedOptions().timeZone
  const bugs = createBugLog(dataDirectory, () => clock.now())
  const calls = openFileSystemCalls()
  const catalog = openCatalog(dataDirectory, { now: () => clock.now() })
  const index = openIndex(dataDirectory)
  const reader = openWorkerIndexReader(dataDirectory)
  const changes = new Changes()
  const memory = new ScheduleMemory(dataDirectory)

  const secrets = new SourceSecrets(host.secrets)
  const keys = new KeysService({ catalog, secrets: host.secrets, clock, changes })
  const hub = new RepositoryHub({ catalog, keys, secrets: host.secrets, dataDirectory })
  const jobs = new JobStarter(() => queue, isResident ? 'manual' : 'command-line')
  const repositories = new RepositoriesService({
    catalog,
    index,
    reader,
    hub,
    secrets: host.secrets,
    jobs,
    changes,
    clock,
    dataDirectory,
    bugs,
  })
  const snapshots = new SnapshotsService({ index, reader, hub, repositories, jobs, changes })
  const canaries = new Canaries(dataDirectory, () => clock.now())
  const queue: JobQueue = new JobQueue({
    catalog,
    clock,
    run: options.jobsInThread === true ? await loadJobs() : createThreadRunner(bugs.text),
    prepare: (job) => prepareJob({ catalog, hub, snapshots, dataDirectory, timeZone, secrets, canaries }, job),
    ended: (job, outcome) =>
      afterJob(
        { host, catalog, index, repositories, bucketReturns, channels, changes, bugs, isResident },
        job,
        outcome,
      ),
    bug: bugs.bug,
    takesAll: isResident,
  })
  const plans = new PlansService({
    secrets,
    catalog,
    reader,
    queue,
    jobs,
    repositories,
    memory,
    changes,
    clock,
    timeZone,
  })
  const restores = new RestoresService({ snapshots, repositories, jobs, queue, calls, clock, dataDirectory })
  const databases = new DatabasesService({ snapshots, repositories, jobs, secrets })
  const planWatch = new PlanWatch({ dataDirectory, timeZone, tell: (message) => channels.tell(message) })
  const jobServer = new JobServer({ queue: () => queue, catalog, version: host.version, bug: bugs.bug })
  const knownServers = new KnownServers(dataDirectory, secrets)
  // Job servers are spoken to in gRPC, which most people never need.
  const remoteServers = async () => {
    const { RemoteServers } = await import('./job-server/remote-servers.ts')
    return new RemoteServers(knownServers)
  }
  const workFor = async (wish: WorkWish, client: Client, signal: AbortSignal): Promise<Work> => {
    const { workAsRunner } = await import('./job-server/work-as-runner.ts')
    return workAsRunner({ servers: await remoteServers(), client, dataDirectory }, wish, signal)
  }
  const ownRunners: OwnRunners = new OwnRunners({
    known: knownServers,
    bugs,
    work: (wish, signal) => workFor(wish, createRouterClient(router, { context: {} }), signal),
  })
  const serverRestores = new ServerRestores({ snapshots, repositories, jobs, known: knownServers })
  const bucketReturns = new BucketReturns({ jobs, secrets })
  const servers = new ServersService({
    catalog,
    secrets: host.secrets,
    clock,
    dataDirectory,
    bugs,
    offerSnapshot,
    inApp: { jobs: jobServer.start },
  })
  const channels = new ChannelsService({ catalog, secrets: host.secrets, clock, changes, computer: hostname() })
  const trust = new TrustService({
    catalog,
    snapshots,
    jobs,
    clock,
    power: () => host.power(),
    pausedUntil: () => memory.pausedUntil,
  })
  const content = new SnapshotContent(snapshots, bugs)
  const databasePreviews = new DatabasePreviews(snapshots)
  const dragOut = new DragOut(content)
  const drives = new SnapshotDrives({ snapshots, content, bugs })

  async function offerSnapshot(id: SnapshotId): Promise<OfferedSnapshot> {
    const { repositoryId, ref } = await snapshots.get(id)
    return { repository: await hub.access(repositoryId), ref }
  }

  const { scheduler, wake } = schedulePlans({ host, timeZone, catalog, plans, memory, bugs })

  const openReader = () => openWorkerIndexReader(dataDirectory)
  const space = new SpaceService({ hub, repositories, snapshots, clock, openReader })
  const history = new HistoryService({
    ...{ hub, jobs, plans, reader, repositories, snapshots, space },
    previews: databasePreviews,
  })
  const startParts = { jobs, repositories, snapshots, restores, databases, serverRestores, bucketReturns, history }

  const services: Services = {
    host,
    timeZone,
    catalog,
    reader,
    changes,
    memory,
    queue,
    jobs,
    keys,
    groups: new GroupsService({ hub, changes }),
    history,
    serverTasks: new ServerTasksService(hub),
    masterKeys: new MasterKeysService({ catalog, hub, keys, snapshots, changes }),
    secrets,
    folders: new FoldersService(calls),
    hub,
    repositories,
    snapshots,
    plans,
    restores,
    databases,
    servers,
    jobServer,
    knownServers,
    remoteServers,
    serverRestores,
    ownRunners,
    bucketReturns,
    channels,
    trust,
    canaries,
    wake,
    space,
    content,
    databasePreviews,
    dragOut,
    drives,
    bugs,
    audit: (action, input) =>
      catalog.audit.append({
        at: clock.now(),
        actor: isResident ? 'window' : 'command line',
        action,
        detail: auditDetail(input),
      }),
    listJobs: (filter) => listJobs(catalog.jobs, filter),
    startJob: (spec, trigger) => startJob(startParts, spec, trigger),
    async compareWithDisk({ from, path, includeIdentical }, signal) {
      const snapshot = await snapshots.get(from)
      const source = snapshot.planId === undefined ? undefined : catalog.plans.get(snapshot.planId)?.source
      return compareWithDisk(snapshots, calls, { snapshot, wish: { path, includeIdentical, source } }, signal)
    },
    setRepositoryKey: (id, keyId) => setRepositoryKey({ catalog, hub, changes }, id, keyId),
    dropIndex: (id, signal) => dropIndex({ reader, index }, id, signal),
  }

  const newKeys = new NewKeys({ catalog, hub, reader, jobs })
  const housekeeping = new Housekeeping({
    clock,
    dataDirectory,
    catalog,
    plans,
    planWatch,
    repositories,
    restores,
    trust,
    bugs,
  })
  const closing = new AbortController()
  const tasks: Promise<void>[] = []
  let stopPower = (): void => {}

  /** What other processes change in the catalog and the index is news for every view here. */
  async function watch(source: AsyncIterable<void>, tell: () => void): Promise<void> {
    for await (const _ of source) tell()
  }

  let isClosed: Promise<void> | undefined
  async function close(): Promise<void> {
    closing.abort()
    scheduler.stop()
    housekeeping.stop()
    stopPower()
    channels.close()
    dragOut.close()
    await databasePreviews.close()
    await drives.close()
    const leaving = ownRunners.close()
    await servers.close()
    await queue.close()
    await leaving
    changes.close()
    await Promise.allSettled(tasks)
    await repositories.close()
    await hub.close()
    await space.close()
    await reader.close()
    index.close()
    catalog.close()
  }

  const router = createRouter(services)

  return {
    router,
    content,
    jobServer,
    offerSnapshot,
    remoteServers,
    workFor,
    async start() {
      queue.start()
      tasks.push(
        watch(catalog.watchChanges(watchEveryMs, closing.signal), () =>
          changes.changed('plans', 'repositories', 'settings', 'keys'),
        ),
        watch(index.watchChanges(watchEveryMs, closing.signal), () => changes.changed('snapshots')),
      )
      changes.listen((area) => {
        if (area === 'keys') newKeys.take().catch((error: unknown) => bugs.bug('keys', error))
      })
      if (!isResident) return
      host.applySettings?.(catalog.settings.get())
      changes.listen((area) => {
        if (area !== 'plans' && area !== 'pause') return
        void scheduler.look()
        void wake.look() // what it fails with is part of its state
      })
      stopPower = host.onPowerChange((change) => {
        if (change !== 'suspend') void scheduler.look()
      })
      scheduler.start()
      void wake.look() // as above
      housekeeping.start()
      tasks.push(servers.startAll())
      ownRunners.start()
    },
    close() {
      isClosed ??= close()
      return isClosed
    },
  }
}
