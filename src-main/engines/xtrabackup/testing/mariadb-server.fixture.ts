import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { ServerConnection } from '../tool/defaults-file.ts'
import { startPrivateServer } from '../tool/private-server.ts'
import { queryServer, type Row } from '../tool/server-query.ts'
import { folderArguments, makeDataFolder, testPassword } from './data-folder.fixture.ts'

/** A real MariaDB with its own data folder and socket, which nobody else knows. */
export interface TestServer {
  readonly folder: string
  readonly dataFolder: string
  readonly connection: ServerConnection & { readonly password: string }
  query(sql: string): Promise<Row[]>
  /** `database.table` to its CHECKSUM TABLE. */
  checksums(): Promise<Record<string, string>>
  /** Ends the server and takes its folder away. */
  stop(): Promise<void>
}

export async function startTestServer(): Promise<TestServer> {
  const signal = new AbortController().signal
  const folder = await mkdtemp(path.join(tmpdir(), 'hf-mariadb-'))
  const dataFolder = path.join(folder, 'data')
  await makeDataFolder(dataFolder)
  const server = await startPrivateServer({
    dataFolder,
    arguments: [
      `--log-bin=${path.join(dataFolder, 'mysql-bin')}`,
      '--server-id=7',
      '--innodb-buffer-pool-size=64M',
      '--innodb-flush-log-at-trx-commit=2',
      ...folderArguments,
    ],
    signal,
  })
  const root = { ...server.connection, user: 'root' }
  return {
    folder,
    dataFolder,
    connection: { ...server.connection, user: 'backup', password: testPassword },
    query: (sql) => queryServer(root, sql, signal),
    checksums: () => readChecksums(root),
    async stop() {
      await server.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Of every table that is not the server's own. */
export async function readChecksums(connection: ServerConnection): Promise<Record<string, string>> {
  const signal = new AbortController().signal
  const tables = await queryServer(
    connection,
    `SELECT CONCAT('\`', TABLE_SCHEMA, '\`.\`', TABLE_NAME, '\`') FROM information_schema.TABLES
     WHERE TABLE_TYPE = 'BASE TABLE' AND TABLE_SCHEMA NOT IN ('mysql', 'sys', 'performance_schema', 'information_schema')
     ORDER BY 1;`,
    signal,
  )
  if (tables.length === 0) return {}
  const rows = await queryServer(connection, `CHECKSUM TABLE ${tables.map(([name]) => name).join(', ')};`, signal)
  return Object.fromEntries(rows.map(([name = '', sum = '']) => [name, sum]))
}
