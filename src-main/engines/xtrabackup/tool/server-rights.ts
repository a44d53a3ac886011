import type { ServerConnection } from './defaults-file.ts'
import { queryServer } from './server-query.ts'

/** What a login may do on the whole server, and what a backup would lack (spec xtrabackup-agent §12.2). */
export interface ServerRights {
  readonly held: readonly string[]
  readonly missing: readonly string[]
}

export async function readServerRights(
  connection: ServerConnection,
  serverVersion: string,
  signal: AbortSignal,
): Promise<ServerRights> {
  const rows = await queryServer(connection, 'SHOW GRANTS;', signal)
  return rightsOf(
    rows.map(([line = '']) => line),
    serverVersion,
  )
}

/**
 * Of each line only what is before `ON *.*` counts: after it stands the hash of the password.
 *
 *     GRANT RELOAD, PROCESS, LOCK TABLES, BINLOG MONITOR ON *.* TO `backup`@`localhost` IDENTIFIED BY PASSWORD '*FF…'
 */
export function rightsOf(grants: readonly string[], serverVersion: string): ServerRights {
  const held = new Set<string>()
  for (const line of grants) {
    const list = /^GRANT ([A-Z_, ]+) ON \*\.\* TO /.exec(line)?.[1] ?? ''
    for (const right of list.split(', ')) if (right !== '' && right !== 'USAGE') held.add(right)
  }
  const hasAll = held.has('ALL PRIVILEGES')
  const missing = neededRights(serverVersion).filter((names) => !hasAll && !names.some((name) => held.has(name)))
  return { held: [...held], missing: missing.map(([name = '']) => name) }
}

/** One of each line is enough; the first is what to grant. */
function neededRights(serverVersion: string): readonly (readonly string[])[] {
  const always = [['RELOAD'], ['PROCESS'], ['LOCK TABLES']]
  const [major = 0, minor = 0] = serverVersion.split('.').map((part) => Number.parseInt(part, 10))
  if (!/maria/i.test(serverVersion))
    return [...always, ['REPLICATION CLIENT', 'SUPER'], ...(major >= 8 ? [['BACKUP_ADMIN']] : [])]
  // It got its own name there, and kept the old one.
  const isRenamed = major > 10 || (major === 10 && minor >= 5)
  return [...always, [isRenamed ? 'BINLOG MONITOR' : 'REPLICATION CLIENT', 'REPLICATION CLIENT', 'SUPER']]
}
