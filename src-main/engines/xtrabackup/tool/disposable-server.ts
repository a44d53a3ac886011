import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { HoldfastError } from '../../../../src-shared/errors.ts'
import { errorCode } from '../../../os/system-error.ts'
import { makePrivateFolder } from '../../../storage/datastore/private-folder.ts'
import { parseAssignments } from './checkpoints.ts'
import { writeDefaultsFile } from './defaults-file.ts'
import { findProgram } from './find-program.ts'
import { startPrivateServer } from './private-server.ts'
import { readServerTables, type ServerTable } from './server-facts.ts'
import { spawnProgram } from './spawn-program.ts'

/** A prepared backup, started to look at: without accounts, without events and replication, without a network. */
export interface DisposableServer {
  readonly socket: string
  tables(signal: AbortSignal): Promise<readonly ServerTable[]>
  /** One table as SQL. Throws `mysql/tool-failed` at its end when the dump is not whole. */
  dumpTable(database: string, table: string, signal: AbortSignal): AsyncIterable<Uint8Array>
  /** The exit status once it is gone, by itself or stopped; `undefined` when a signal ended it. */
  ended(): Promise<number | undefined>
  stop(): Promise<void>
}

/** What of `backup-my.cnf` a server has to be told to read the files; nothing in it may name programs or plug-ins. */
const fileSettings = new Set([
  'innodb_checksum_algorithm',
  'innodb_data_file_path',
  'innodb_log_file_size',
  'innodb_page_size',
  'innodb_undo_tablespaces',
])

/** Starts on the folder itself: what is done in the server stays in it. `signal` ends the server. */
export async function startDisposableServer(dataFolder: string, signal: AbortSignal): Promise<DisposableServer> {
  const server = await startPrivateServer({
    dataFolder,
    arguments: [
      '--skip-grant-tables',
      '--skip-log-bin',
      '--skip-slave-start',
      '--innodb-buffer-pool-size=64M',
      ...(await readFileSettings(dataFolder)),
    ],
    signal,
  })
  return {
    socket: server.socket,
    tables: (asked) => readServerTables(server.connection, asked),
    dumpTable: (database, table, asked) => dumpTable(server.socket, [database, table], asked),
    ended: () => server.ended(),
    stop: () => server.stop(),
  }
}

async function readFileSettings(dataFolder: string): Promise<string[]> {
  let text: string
  try {
    text = await readFile(path.join(dataFolder, 'backup-my.cnf'), 'utf8')
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return []
    throw error
  }
  return Array.from(parseAssignments(text))
    .filter(([name, value]) => fileSettings.has(name) && /^[\w.:;]+$/.test(value))
    .map(([name, value]) => `--${name.replaceAll('_', '-')}=${value}`)
}

async function* dumpTable(socket: string, names: readonly string[], signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const folder = await makePrivateFolder(tmpdir(), 'login')
  try {
    const defaultsFile = path.join(folder.path, 'login.cnf')
    await writeDefaultsFile(defaultsFile, { socket })
    const program = spawnProgram(
      findProgram(['mariadb-dump', 'mysqldump']),
      [`--defaults-file=${defaultsFile}`, '--single-transaction', '--quick', '--hex-blob', '--', ...names],
      { signal },
    )
    try {
      yield* program.output
      if ((await program.ended()) !== 0)
        throw new HoldfastError('mysql/tool-failed', { detail: `The dump ended early:\n${program.errors.last()}` })
    } finally {
      await program.stop()
    }
  } finally {
    await folder.remove()
  }
}
