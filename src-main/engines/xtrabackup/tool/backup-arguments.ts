import type { BackupTool } from './backup-tool.ts'

export interface BackupScope {
  /** Page by page, what changed since this place in the log; absent is a full backup. */
  readonly incrementalLsn?: bigint | undefined
  /** Only these databases; none named is all. */
  readonly databases?: readonly string[] | undefined
  readonly parallel?: number | undefined
  /** Passed on as they are: configured by whoever runs the agent, never by a caller. */
  readonly extraArguments?: readonly string[] | undefined
}

/** The command line of spec xtrabackup-agent §12.2. `--defaults-file` has to be the first option. */
export function backupArguments(
  tool: BackupTool,
  folders: { readonly defaultsFile: string; readonly lsnFolder: string },
  scope: BackupScope & { readonly format?: 'xbstream' | 'tar' },
): readonly string[] {
  const { incrementalLsn, databases = [], parallel, extraArguments = [], format = 'xbstream' } = scope
  if (format === 'tar' && !tool.canTar) throw new Error(`${tool.version} cannot make tar`)
  return [
    `--defaults-file=${folders.defaultsFile}`,
    '--backup',
    `--stream=${format}`,
    `--extra-lsndir=${folders.lsnFolder}`,
    `--target-dir=${folders.lsnFolder}`,
    ...(incrementalLsn === undefined ? [] : [`--incremental-lsn=${incrementalLsn}`]),
    ...(databases.length === 0 ? [] : [`--databases=${databases.join(' ')}`]),
    ...(parallel === undefined ? [] : [`--parallel=${parallel}`]),
    ...extraArguments,
  ]
}
