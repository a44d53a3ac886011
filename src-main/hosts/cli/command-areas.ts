import type { Command } from 'commander'

export interface CommandArea {
  /** The first words of its commands. */
  readonly names: readonly string[]
  load(): Promise<(program: Command) => void>
}

/** All commands by the file that declares them, in the order of the help. A command that was named is loaded alone. */
export const commandAreas: readonly CommandArea[] = [
  { names: ['backup'], load: async () => (await import('./commands/backup.ts')).addBackupCommand },
  {
    names: ['snapshots', 'ls', 'space', 'cat', 'find', 'diff'],
    load: async () => (await import('./commands/snapshots.ts')).addSnapshotCommands,
  },
  { names: ['restore'], load: async () => (await import('./commands/restore.ts')).addRestoreCommand },
  { names: ['database'], load: async () => (await import('./commands/database.ts')).addDatabaseCommands },
  {
    names: ['init', 'repositories', 'verify', 'prune', 'gc', 'forget', 'protect', 'catalog'],
    load: async () => (await import('./commands/repositories.ts')).addRepositoryCommands,
  },
  { names: ['copy'], load: async () => (await import('./commands/copy.ts')).addCopyCommand },
  { names: ['history'], load: async () => (await import('./commands/history.ts')).addHistoryCommands },
  { names: ['casync'], load: async () => (await import('./commands/casync.ts')).addCasyncCommands },
  { names: ['plan'], load: async () => (await import('./commands/plans.ts')).addPlanCommands },
  { names: ['job'], load: async () => (await import('./commands/jobs.ts')).addJobCommands },
  { names: ['group', 'namespace'], load: async () => (await import('./commands/groups.ts')).addGroupCommands },
  { names: ['key'], load: async () => (await import('./commands/keys.ts')).addKeyCommands },
  { names: ['tasks'], load: async () => (await import('./commands/tasks.ts')).addTaskCommand },
  { names: ['serve'], load: async () => (await import('./commands/serve.ts')).addServeCommand },
  { names: ['service'], load: async () => (await import('./commands/service.ts')).addServiceCommands },
  { names: ['host'], load: async () => (await import('./commands/host.ts')).addHostCommands },
  { names: ['runner'], load: async () => (await import('./commands/runner.ts')).addRunnerCommand },
  { names: ['remote'], load: async () => (await import('./commands/remote.ts')).addRemoteCommands },
  { names: ['couchbase'], load: async () => (await import('./commands/couchbase.ts')).addCouchbaseCommands },
  { names: ['account'], load: async () => (await import('./commands/accounts.ts')).addAccountCommands },
  { names: ['audit'], load: async () => (await import('./commands/audit.ts')).addAuditCommands },
]
