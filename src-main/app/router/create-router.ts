import type { AppRouter } from '../app.ts'
import type { Services } from '../services/services.ts'
import { accountsRouter } from './accounts.ts'
import { anomaliesRouter } from './anomalies.ts'
import { appRouter } from './app.ts'
import { auditRouter } from './audit.ts'
import { channelsRouter } from './channels.ts'
import { couchbaseRouter } from './couchbase.ts'
import { databasesRouter } from './databases.ts'
import { foldersRouter } from './folders.ts'
import { groupsRouter } from './groups.ts'
import { historyRouter } from './history.ts'
import { createImplementer } from './implementer.ts'
import { jobServerRouter } from './job-server.ts'
import { jobServersRouter } from './job-servers.ts'
import { jobsRouter } from './jobs.ts'
import { keysRouter } from './keys.ts'
import { masterKeysRouter } from './master-keys.ts'
import { plansRouter } from './plans.ts'
import { repositoriesRouter } from './repositories.ts'
import { restoreRouter } from './restore.ts'
import { secretsRouter } from './secrets.ts'
import { serverTasksRouter } from './server-tasks.ts'
import { serversRouter } from './servers.ts'
import { snapshotsRouter } from './snapshots.ts'
import { spaceRouter } from './space.ts'
import { trustRouter } from './trust.ts'

/** The contract, implemented: one file an area, thin handlers over services. */
export function createRouter(services: Services): AppRouter {
  const os = createImplementer(services)
  return os.router({
    accounts: accountsRouter(os, services),
    anomalies: anomaliesRouter(os, services),
    app: appRouter(os, services),
    audit: auditRouter(os, services),
    channels: channelsRouter(os, services),
    couchbase: couchbaseRouter(os, services),
    databases: databasesRouter(os, services),
    folders: foldersRouter(os, services),
    groups: groupsRouter(os, services),
    history: historyRouter(os, services),
    jobServer: jobServerRouter(os, services),
    jobServers: jobServersRouter(os, services),
    jobs: jobsRouter(os, services),
    keys: keysRouter(os, services),
    masterKeys: masterKeysRouter(os, services),
    plans: plansRouter(os, services),
    repositories: repositoriesRouter(os, services),
    restore: restoreRouter(os, services),
    secrets: secretsRouter(os, services),
    serverTasks: serverTasksRouter(os, services),
    servers: serversRouter(os, services),
    snapshots: snapshotsRouter(os, services),
    space: spaceRouter(os, services),
    trust: trustRouter(os, services),
  })
}
