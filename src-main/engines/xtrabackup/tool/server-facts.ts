import type { ServerConnection } from './defaults-file.ts'
import { queryServer, queryTable } from './server-query.ts'

export interface ServerFacts {
  readonly version: string
  /** Differs between any two servers; MariaDB has it, and Percona's and Oracle's servers have a UUID. */
  readonly uid: string | undefined
  readonly dataFolder: string
  /** The folder of the binary logs and the beginning of their names; `undefined` when they are off. */
  readonly binlogBase: string | undefined
}

export interface ServerTable {
  readonly database: string
  readonly name: string
  readonly engine: string
  readonly sizeBytes: number
}

export async function readServerFacts(connection: ServerConnection, signal: AbortSignal): Promise<ServerFacts> {
  const rows = await queryServer(
    connection,
    `SHOW GLOBAL VARIABLES WHERE Variable_name IN
     ('version', 'server_uid', 'server_uuid', 'datadir', 'log_bin', 'log_bin_basename');`,
    signal,
  )
  const values = new Map(rows.map(([name = '', value = '']) => [name.toLowerCase(), value]))
  return {
    version: values.get('version') ?? '',
    uid: values.get('server_uid') ?? values.get('server_uuid'),
    dataFolder: values.get('datadir') ?? '',
    binlogBase: values.get('log_bin') === 'ON' ? values.get('log_bin_basename') : undefined,
  }
}

/** Every base table this login may see, with what it takes on disk as far as the server knows. */
export async function readServerTables(connection: ServerConnection, signal: AbortSignal): Promise<ServerTable[]> {
  const rows = await queryServer(
    connection,
    `SELECT TABLE_SCHEMA, TABLE_NAME, COALESCE(ENGINE, ''), COALESCE(DATA_LENGTH, 0) + COALESCE(INDEX_LENGTH, 0)
     FROM information_schema.TABLES WHERE TABLE_TYPE = 'BASE TABLE' ORDER BY 1, 2;`,
    signal,
  )
  return rows.map(([database = '', name = '', engine = '', size = '0']) => ({
    database,
    name,
    engine,
    sizeBytes: Number(size),
  }))
}

/** Names of the binary logs, oldest first; the last is being written. */
export async function readBinaryLogs(connection: ServerConnection, signal: AbortSignal): Promise<string[]> {
  return (await queryServer(connection, 'SHOW BINARY LOGS;', signal)).map(([name = '']) => name)
}

/** Columns of SHOW SLAVE STATUS; empty when the server is no replica. */
export async function readSlaveStatus(
  connection: ServerConnection,
  signal: AbortSignal,
): Promise<readonly (readonly [string, string])[]> {
  const { columns, rows } = await queryTable(connection, 'SHOW SLAVE STATUS;', signal)
  const [row] = rows
  if (row === undefined) return []
  return columns.map((name, index) => [name, row[index] ?? ''] as const)
}
