import { HoldfastError } from '../../../../src-shared/errors.ts'
import type { BackupTool } from './backup-tool.ts'
import { spawnProgram } from './spawn-program.ts'
import { requireCompleted } from './stream-backup.ts'

export interface PrepareOptions {
  readonly tool: BackupTool
  readonly signal: AbortSignal
  readonly onLine?: (line: string) => void
}

/**
 * Makes a full backup ready to be started from, with the incrementals in their order (spec xtrabackup-agent §12.5). Works
 * on the folders in place: they have to be copies. Throws `mysql/tool-failed` with the tool's last lines.
 */
export async function prepareBackup(
  base: string,
  incrementals: readonly string[],
  options: PrepareOptions,
): Promise<void> {
  const steps = [undefined, ...incrementals]
  for (const [index, incremental] of steps.entries()) {
    // Percona rolls back what was not committed, after which nothing can be applied; MariaDB knows by itself.
    const keepsOpen = options.tool.family === 'percona' && index < steps.length - 1
    await runTool(options, [
      '--no-defaults',
      '--prepare',
      ...(keepsOpen ? ['--apply-log-only'] : []),
      `--target-dir=${base}`,
      ...(incremental === undefined ? [] : [`--incremental-dir=${incremental}`]),
    ])
  }
}

/** Puts a prepared backup into an empty data folder, its files where the backup's own configuration wants them. */
export async function copyBack(base: string, dataFolder: string, options: PrepareOptions): Promise<void> {
  await runTool(options, ['--no-defaults', '--copy-back', `--target-dir=${base}`, `--datadir=${dataFolder}`])
}

async function runTool({ tool, signal, onLine }: PrepareOptions, args: readonly string[]): Promise<void> {
  const program = spawnProgram(tool.path, args, { signal, ...(onLine && { onLine }) })
  try {
    for await (const _ of program.output) {
      // It says nothing there; a full pipe would stop it.
    }
    await requireCompleted(tool, program)
    signal.throwIfAborted()
  } finally {
    await program.stop()
  }
}

/** Tool and server have to be of one family, and with MariaDB of one major version (spec §12.5). */
export function requireFittingTool(
  tool: BackupTool,
  backup: { readonly family: string; readonly serverVersion: string },
): void {
  const line = (version: string): string => version.split('.').slice(0, 2).join('.')
  const fits =
    tool.family === backup.family &&
    (line(tool.version) === line(backup.serverVersion) || (tool.family === 'percona' && backup.serverVersion === ''))
  if (fits) return
  throw new HoldfastError('mysql/tool-failed', {
    detail: `The backup is of ${backup.family} ${backup.serverVersion}; here is ${tool.family} ${tool.version}.`,
    hint: 'Install the backup program of the version that the server had.',
  })
}
