import type { DatabaseKind } from '../database/open-database.ts'
import { repositoriesMigration } from './migrations/0001-repositories.ts'
import { plansMigration } from './migrations/0002-plans.ts'
import { jobsMigration } from './migrations/0003-jobs.ts'
import { auditMigration } from './migrations/0004-audit.ts'
import { serversMigration } from './migrations/0005-servers.ts'
import { auditChainMigration } from './migrations/0006-audit-chain.ts'
import { channelsMigration } from './migrations/0007-channels.ts'
import { anomaliesMigration } from './migrations/0008-anomalies.ts'
import { queueMigration } from './migrations/0009-queue.ts'

/** `catalog.sqlite`: what cannot be read back from a repository. Small, so it is checked whole at every start. */
export const catalogKind: DatabaseKind = {
  applicationId: 0x48464341, // HFCA
  migrations: [
    repositoriesMigration,
    plansMigration,
    jobsMigration,
    auditMigration,
    serversMigration,
    auditChainMigration,
    channelsMigration,
    anomaliesMigration,
    queueMigration,
  ],
  corruptHint:
    'Put the copy beside it (catalog.sqlite.v…) in its place, or move the file away and run `holdfast catalog rebuild`; snapshots are not affected.',
  check: 'full',
  copyBeforeMigration: true,
  cacheKiB: 8192,
}
