import { tmpdir } from 'node:os'
import path from 'node:path'
import { HoldfastError } from '../../../../src-shared/errors.ts'
import { makePrivateFolder } from '../../../storage/datastore/private-folder.ts'
import { type BackupScope, backupArguments } from './backup-arguments.ts'
import type { BackupTool } from './backup-tool.ts'
import { type ServerConnection, writeDefaultsFile } from './defaults-file.ts'
import { type BackupDescription, readDescription } from './read-description.ts'
import { type RunningProgram, spawnProgram } from './spawn-program.ts'

export interface StreamBackupOptions extends BackupScope {
  readonly tool: BackupTool
  readonly connection: ServerConnection
  /** The server's own options file. */
  readonly serverConfig?: string | undefined
  readonly format?: 'xbstream' | 'tar'
  readonly signal: AbortSignal
  /** Each line the tool says, for progress and logs. */
  readonly onLine?: (line: string) => void
}

export interface BackupStream {
  /**
   * What the tool streams. It ends well only when the tool said that all went well: exit status 0 and `completed OK!` as
   * its last words. Else it throws `mysql/tool-failed` with the tool's last lines, or `mysql/tool-missing`. Leaving it
   * early stops the tool.
   */
  readonly data: AsyncIterable<Uint8Array>
  /** Once `data` has ended. */
  result(): BackupDescription
}

/** Runs the backup tool against a server; nothing is written but a private folder for its login and its checkpoints. */
export function streamBackup(options: StreamBackupOptions): BackupStream {
  let result: BackupDescription | undefined
  async function* data(): AsyncGenerator<Uint8Array> {
    const folder = await makePrivateFolder(tmpdir(), 'login')
    let program: RunningProgram | undefined
    try {
      const defaultsFile = path.join(folder.path, 'login.cnf')
      await writeDefaultsFile(defaultsFile, options.connection, options.serverConfig)
      const { tool, signal, onLine } = options
      const args = backupArguments(tool, { defaultsFile, lsnFolder: folder.path }, options)
      program = spawnProgram(tool.path, args, { signal, ...(onLine && { onLine }) })
      yield* program.output
      await requireCompleted(tool, program)
      signal.throwIfAborted()
      result = await readDescription(folder.path)
    } finally {
      await program?.stop()
      await folder.remove()
    }
  }
  return {
    data: data(),
    result() {
      if (result === undefined) throw new Error('the backup has not ended')
      return result
    },
  }
}

/** Both are needed: tools have ended with 0 and a broken backup, and with good words and an error. */
export async function requireCompleted(tool: BackupTool, program: RunningProgram): Promise<void> {
  const status = await program.ended()
  const last = program.errors.lines.at(-1) ?? ''
  if (status === 0 && last.endsWith('completed OK!')) return
  const how = status === undefined ? 'was ended by a signal' : `ended with status ${status}`
  throw new HoldfastError('mysql/tool-failed', {
    detail: `${path.basename(tool.path)} ${how}. Its last lines:\n${program.errors.last()}`,
  })
}
