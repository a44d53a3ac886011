import { constants } from 'node:fs'
import { cp, mkdir, mkdtemp, rename, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { findProgram } from '../tool/find-program.ts'
import { startPrivateServer } from '../tool/private-server.ts'
import { queryServer } from '../tool/server-query.ts'
import { runProgram } from '../tool/spawn-program.ts'

/** Outlives the tests: a new data folder takes seconds to make, and a copy of one no time. */
const cache = fileURLToPath(new URL('../../../../node_modules/.cache/holdfast-mariadb/', import.meta.url))

export const testPassword = 'a #"quoted\\ pass=word;\''

/** What the folder and its servers must agree on. */
export const folderArguments = ['--innodb-log-file-size=32M']

/** A new data folder: `root` without a password, and `backup`, who may what a backup needs. */
export async function makeDataFolder(target: string): Promise<void> {
  await cp(await template(), target, { recursive: true, mode: constants.COPYFILE_FICLONE })
}

/** One for each version of the server. Whoever is first puts it in its place, whole. */
async function template(): Promise<string> {
  const { output } = await runProgram(findProgram(['mariadbd']), ['--version'], {
    signal: new AbortController().signal,
  })
  const name = (/Ver (\S+)/.exec(output)?.[1] ?? 'unknown').replaceAll(/[^\w.-]/g, '_')
  const folder = path.join(cache, `${name}-1`)
  if (await stat(folder).catch(() => undefined)) return folder
  await mkdir(cache, { recursive: true })
  const made = await mkdtemp(path.join(cache, 'new-'))
  try {
    await initialize(made)
    await rename(made, folder)
  } catch (error) {
    await rm(made, { recursive: true, force: true })
    // Another one was faster.
    if (!(await stat(folder).catch(() => undefined))) throw error
  }
  return folder
}

async function initialize(dataFolder: string): Promise<void> {
  const signal = new AbortController().signal
  const asRoot = process.getuid?.() === 0 ? ['--user=root'] : []
  const program = findProgram(['mariadb-install-db'])
  const words = ['--no-defaults', ...asRoot, `--datadir=${dataFolder}`, '--auth-root-authentication-method=normal']
  const made = await runProgram(program, [...words, '--skip-test-db', ...folderArguments], { signal })
  if (made.status !== 0) throw new Error(`mariadb-install-db: ${made.output}\n${made.errors.last(40)}`)
  const server = await startPrivateServer({ dataFolder, arguments: folderArguments, signal })
  try {
    await queryServer(
      { ...server.connection, user: 'root' },
      `CREATE USER backup@localhost IDENTIFIED BY '${testPassword.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}';
       GRANT RELOAD, PROCESS, LOCK TABLES, BINLOG MONITOR, SLAVE MONITOR, SELECT ON *.* TO backup@localhost;`,
      signal,
    )
  } finally {
    await server.stop()
  }
}
