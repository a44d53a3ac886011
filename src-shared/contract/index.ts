import type { ContractRouterClient } from '@orpc/contract'
import { accountsContract } from './accounts.ts'
import { anomaliesContract } from './anomalies.ts'
import { appContract } from './app.ts'
import { auditContract } from './audit.ts'
import { channelsContract } from './channels.ts'
import { couchbaseContract } from './couchbase.ts'
import { databasesContract } from './databases.ts'
import { foldersContract } from './folders.ts'
import { groupsContract } from './groups.ts'
import { historyContract } from './history.ts'
import { jobServerContract } from './job-server.ts'
import { jobServersContract } from './job-servers.ts'
import { jobsContract } from './jobs.ts'
import { keysContract } from './keys.ts'
import { masterKeysContract } from './master-keys.ts'
import { plansContract } from './plans.ts'
import { repositoriesContract } from './repositories.ts'
import { restoreContract } from './restore.ts'
import { secretsContract } from './secrets.ts'
import { serverTasksContract } from './server-tasks.ts'
import { serversContract } from './servers.ts'
import { snapshotsContract } from './snapshots.ts'
import { spaceContract } from './space.ts'
import { trustContract } from './trust.ts'

/** Everything a window, a browser or a command may ask of the app. Implemented once, in src-main/app/router. */
export const contract = {
  accounts: accountsContract,
  anomalies: anomaliesContract,
  app: appContract,
  audit: auditContract,
  channels: channelsContract,
  couchbase: couchbaseContract,
  databases: databasesContract,
  folders: foldersContract,
  groups: groupsContract,
  history: historyContract,
  jobServer: jobServerContract,
  jobServers: jobServersContract,
  jobs: jobsContract,
  keys: keysContract,
  masterKeys: masterKeysContract,
  plans: plansContract,
  repositories: repositoriesContract,
  restore: restoreContract,
  secrets: secretsContract,
  serverTasks: serverTasksContract,
  servers: serversContract,
  snapshots: snapshotsContract,
  space: spaceContract,
  trust: trustContract,
}

export type Client = ContractRouterClient<typeof contract>
