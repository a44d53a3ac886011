import type { BackupType, SnapshotRef } from '../../../../src-shared/model/snapshot.ts'
import type { Parameters } from './transport/query.ts'

/** A group of snapshots, and where it lies. */
export interface GroupName {
  readonly namespace: string
  readonly type: BackupType
  readonly backupId: string
}

/** The root namespace goes without saying: servers before 2.2 know none. */
export function namespaceParameter(namespace: string): Parameters {
  return namespace === '' ? {} : { ns: namespace }
}

export function groupParameters({ namespace, type, backupId }: GroupName): Parameters {
  return { 'backup-type': type, 'backup-id': backupId, ...namespaceParameter(namespace) }
}

export function snapshotParameters(ref: SnapshotRef): Parameters {
  return { ...groupParameters(ref), 'backup-time': ref.time }
}
