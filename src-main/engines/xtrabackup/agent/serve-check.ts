import { statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { findBackupTool } from '../tool/backup-tool.ts'
import { readServerFacts, readServerTables } from '../tool/server-facts.ts'
import { readServerRights } from '../tool/server-rights.ts'
import type { KvBlock } from '../wire/kv-block.ts'
import { requireLogin } from './login.ts'
import type { Session } from './session.ts'

/** Whether a backup could be made now: tool, server, rights, room for staging. Ours (spec xtrabackup-agent §10). */
export async function serveCheck(session: Session, request: KvBlock): Promise<void> {
  const { options } = session.state
  const connection = requireLogin(session, request, [])
  const tool = await findBackupTool(options.tool, session.signal)
  const server = await readServerFacts(connection, session.signal)
  const rights = await readServerRights(connection, server.version, session.signal)
  const disk = await statfs(options.stagingFolder ?? tmpdir(), { bigint: true })
  await session.sendBlock([
    ['status', 'OK'],
    ['bkm-ext', '1'],
    ['tool-family', tool.family],
    ['tool-version', tool.version],
    ['server-version', server.version],
    ['server-uid', server.uid ?? ''],
    ['binary-logs', server.binlogBase === undefined ? '0' : '1'],
    ['rights', rights.held.join(';')],
    ['missing-rights', rights.missing.join(';')],
    ['takes-backups', options.restoreFolder === undefined ? '0' : '1'],
    ['free-bytes', String(disk.bavail * disk.bsize)],
  ])
}

/** One block a table, then one that says that these were all. Ours; as `list` it is known by its `bkm-ext` alone. */
export async function serveTables(session: Session, request: KvBlock): Promise<void> {
  const tables = await readServerTables(requireLogin(session, request, []), session.signal)
  for (const { database, name, engine, sizeBytes } of tables) {
    await session.sendBlock([
      ['status', 'TABLE'],
      ['database', database],
      ['table', name],
      ['engine', engine],
      ['bytes', String(sizeBytes)],
    ])
  }
  await session.sendBlock([
    ['status', 'OK'],
    ['tables', String(tables.length)],
  ])
}
