import { assertNever } from '../../../src-shared/assert-never.ts'
import type { DatabaseTarget } from '../../../src-shared/model/database-restore.ts'
import type { JobSpec } from '../../../src-shared/model/job.ts'

/** What a job is called in lists. `name` is the plan's, the snapshot's or the repository's. */
export function jobTitle(spec: JobSpec, name: string): string {
  switch (spec.kind) {
    case 'backup':
      return spec.dryRun ? `Try out ${name}` : `Back up ${name}`
    case 'restore':
      return `Restore from ${name}`
    case 'restore-database':
      return databaseTitle(spec.as, name)
    case 'restore-job-server':
      return `Restore the job server ${spec.to.address} from ${name}`
    case 'return-bucket':
      return spec.as.kind === 'place' ? `Lay out a bucket in ${name}` : `Have ${spec.as.node} pull ${name}`
    case 'undo-restore':
      return `Undo the restore from ${name}`
    case 'verify':
      return `Verify ${name}`
    case 'prune':
      return `Prune ${name}`
    case 'forget':
      return `Forget ${spec.snapshotIds.length === 1 ? 'a snapshot' : `${spec.snapshotIds.length} snapshots`} in ${name}`
    case 'remove-from-history':
      return spec.dryRun ? `See what removing from ${name} would change` : `Remove from all snapshots of ${name}`
    case 'test-restore':
      return `Test the restore of ${name}`
    case 'copy':
      return `Copy ${name}`
    case 'collect-garbage':
      return `Free space in ${name}`
    case 'index':
      return `Read the snapshots of ${name}`
    case 'remote':
      return name
    default:
      return assertNever(spec)
  }
}

function databaseTitle(target: DatabaseTarget, name: string): string {
  switch (target.kind) {
    case 'data-folder':
      return `Copy the database of ${name}`
    case 'server':
      return `Server from ${name}`
    case 'xbstream':
      return `Export the database of ${name}`
    case 'agent':
      return `Send the database of ${name} to ${target.connection.host}`
    case 'dump':
      return `Dump ${target.database}.${target.table} from ${name}`
    default:
      return assertNever(target)
  }
}
