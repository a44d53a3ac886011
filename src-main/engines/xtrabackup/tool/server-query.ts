import { tmpdir } from 'node:os'
import path from 'node:path'
import { HoldfastError } from '../../../../src-shared/errors.ts'
import { makePrivateFolder } from '../../../storage/datastore/private-folder.ts'
import { type ServerConnection, writeDefaultsFile } from './defaults-file.ts'
import { findProgram } from './find-program.ts'
import { runProgram } from './spawn-program.ts'

export type Row = readonly string[]

/** Asks the server through its own client program; SQL goes over standard input. Throws `mysql/tool-failed`. */
export async function queryServer(connection: ServerConnection, sql: string, signal: AbortSignal): Promise<Row[]> {
  return (await queryTable(connection, sql, signal)).rows
}

/** With the names of the columns. Several statements give the columns of the first, and the rows of all. */
export async function queryTable(
  connection: ServerConnection,
  sql: string,
  signal: AbortSignal,
): Promise<{ readonly columns: Row; readonly rows: Row[] }> {
  const folder = await makePrivateFolder(tmpdir(), 'login')
  try {
    const defaultsFile = path.join(folder.path, 'login.cnf')
    await writeDefaultsFile(defaultsFile, connection)
    const { status, output, errors } = await runProgram(
      findProgram(['mariadb', 'mysql']),
      [`--defaults-file=${defaultsFile}`, '--batch', '--default-character-set=utf8mb4', '--connect-timeout=20'],
      { signal, input: sql },
    )
    if (status !== 0) throw new HoldfastError('mysql/tool-failed', { detail: `The server said:\n${errors.last()}` })
    const [columns = [], ...rows] = output.split('\n').slice(0, -1).map(parseRow)
    return { columns, rows }
  } finally {
    await folder.remove()
  }
}

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', '0': '\0', '\\': '\\' }

/** `--batch` separates by tabs and escapes what is in the values. */
function parseRow(line: string): Row {
  return line.split('\t').map((cell) => cell.replace(/\\(.)/g, (_, letter: string) => escapes[letter] ?? letter))
}
