/** Rights on datastores and the roles that bundle them, named as in PBS (spec pbs §8). */

export type Privilege =
  | 'Datastore.Allocate'
  | 'Datastore.Audit'
  | 'Datastore.Backup'
  | 'Datastore.Modify'
  | 'Datastore.Prune'
  | 'Datastore.Read'
  | 'Datastore.Verify'
  | 'Sys.Audit'
  | 'Sys.Modify'

export const roleNames = [
  'Admin',
  'Audit',
  'NoAccess',
  'DatastoreAdmin',
  'DatastoreAudit',
  'DatastoreBackup',
  'DatastorePowerUser',
  'DatastoreReader',
] as const
export type RoleName = (typeof roleNames)[number]

const datastoreAdmin: readonly Privilege[] = [
  'Datastore.Audit',
  'Datastore.Backup',
  'Datastore.Modify',
  'Datastore.Prune',
  'Datastore.Read',
  'Datastore.Verify',
]
const everything: readonly Privilege[] = [...datastoreAdmin, 'Datastore.Allocate', 'Sys.Audit', 'Sys.Modify']

export const allPrivileges: ReadonlySet<Privilege> = new Set(everything)
export const noPrivileges: ReadonlySet<Privilege> = new Set()

/** A role with `DatastoreBackup` alone is append-only: it neither deletes nor overwrites. */
export const roles: Readonly<Record<RoleName, readonly Privilege[]>> = {
  Admin: everything,
  Audit: ['Sys.Audit', 'Datastore.Audit'],
  NoAccess: [],
  DatastoreAdmin: datastoreAdmin,
  DatastoreAudit: ['Datastore.Audit'],
  DatastoreBackup: ['Datastore.Backup'],
  DatastorePowerUser: ['Datastore.Backup', 'Datastore.Prune'],
  DatastoreReader: ['Datastore.Audit', 'Datastore.Verify', 'Datastore.Read'],
}
