import { stat, statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { HoldfastError } from '../../../../src-shared/errors.ts'
import { makePrivateFolder } from '../../../storage/datastore/private-folder.ts'
import { tarFiles, walkFiles } from '../tar/tar-files.ts'
import { findBackupTool } from '../tool/backup-tool.ts'
import type { ServerConnection } from '../tool/defaults-file.ts'
import type { BackupDescription } from '../tool/read-description.ts'
import { readServerFacts, readServerTables } from '../tool/server-facts.ts'
import { type BackupStream, streamBackup } from '../tool/stream-backup.ts'
import type { TrailerFacts } from '../wire/bkm-frames.ts'
import { unpackXbstream } from '../xbstream/unpack-xbstream.ts'
import { type KnownWishes, wishPairs } from './copy-wishes.ts'
import { sendData } from './send-data.ts'
import { describeFailure, type Session } from './session.ts'

export interface PhysicalOrder {
  readonly wishes: KnownWishes
  readonly connection: ServerConnection
}

/** A full backup, or one of the pages since an LSN, straight from the tool or by way of a folder (spec §12.6). */
export async function sendPhysical(session: Session, order: PhysicalOrder): Promise<void> {
  const { state } = session
  const { level, historyJobs } = order.wishes
  const job = await state.history.start({ sid: session.sid ?? '', type: level }, historyJobs)
  try {
    const { checkpoints, info } = await send(session, order)
    const facts = {
      fromLsn: String(checkpoints.fromLsn),
      toLsn: String(checkpoints.toLsn),
      serverVersion: info.serverVersion,
      toolVersion: info.toolVersion,
    }
    await job.end({ status: 'success', sizeBytes: session.sentBytes, message: '-', facts })
    state.emit({ kind: 'sent', connection: session.connection })
  } catch (error) {
    await job.end({ status: 'failure', sizeBytes: session.sentBytes, message: describeFailure(error) })
    throw error
  }
}

async function send(session: Session, { wishes, connection }: PhysicalOrder): Promise<BackupDescription> {
  const { options, emit } = session.state
  const { signal } = session
  const tool = await findBackupTool(options.tool, signal)
  const isStaged = wishes.format === 'tar' && !tool.canTar
  const backup = streamBackup({
    ...{ tool, connection, signal, serverConfig: options.serverConfig },
    ...{ parallel: options.parallel, extraArguments: options.extraArguments },
    format: isStaged ? 'xbstream' : wishes.format,
    incrementalLsn: wishes.incrementalLsn,
    databases: wishes.databases,
    onLine: (line) => emit({ kind: 'line', connection: session.connection, line }),
  })
  if (isStaged) return sendStaged(session, { wishes, connection }, backup)
  // What fails before its first byte, such as a wrong password, is told before anything is promised.
  const pieces = backup.data[Symbol.asyncIterator]()
  try {
    const first = await pieces.next()
    await session.sendBlock([['status', 'SENDING'], ...wishPairs(wishes)])
    await sendData(session, goOn(first, pieces), wishes, async () => trailerFacts(backup.result()))
    return backup.result()
  } finally {
    // A caller who was gone before anything was read of it must not leave the tool running.
    await pieces.return?.()
  }
}

/**
 * The tool streams members that interleave, change their names and are written again; a tar cannot do that. An old caller
 * waits for SENDING as long as it takes, and 30 s for each block after it: so all is there before.
 */
async function sendStaged(
  session: Session,
  { wishes, connection }: PhysicalOrder,
  backup: BackupStream,
): Promise<BackupDescription> {
  const { signal } = session
  const root = session.state.options.stagingFolder ?? tmpdir()
  await requireRoom(root, connection, signal)
  const folder = await makePrivateFolder(root, 'stage')
  try {
    await unpackXbstream(backup.data, folder.path, { signal })
    const owner = await ownerOf(connection, signal)
    await session.sendBlock([['status', 'SENDING'], ...wishPairs(wishes)])
    await sendData(session, tarFiles(folder.path, walkFiles(folder.path), owner), wishes, async () =>
      trailerFacts(backup.result()),
    )
    return backup.result()
  } finally {
    await folder.remove()
  }
}

async function* goOn(first: IteratorResult<Uint8Array>, pieces: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  for (let next = first; next.done !== true; next = await pieces.next()) yield next.value
}

/** About the size of the tables, as the server has it. */
async function requireRoom(folder: string, connection: ServerConnection, signal: AbortSignal): Promise<void> {
  const tables = await readServerTables(connection, signal)
  const wanted = BigInt(tables.reduce((total, { sizeBytes }) => total + sizeBytes, 0))
  const { bavail, bsize } = await statfs(folder, { bigint: true })
  if (bavail * bsize < wanted)
    throw new HoldfastError('disk/full', {
      detail: `A tar of this server needs about ${wanted} bytes for staging, and there are ${bavail * bsize}.`,
    })
}

/** Files belong to whoever owns the data folder, as far as that can be seen. */
async function ownerOf(connection: ServerConnection, signal: AbortSignal): Promise<{ uid: number; gid: number }> {
  const { dataFolder } = await readServerFacts(connection, signal)
  const { uid, gid } = await stat(dataFolder)
  return { uid, gid }
}

function trailerFacts({ checkpoints, info }: BackupDescription): TrailerFacts {
  const { binlog } = info
  return {
    'from-lsn': String(checkpoints.fromLsn),
    'to-lsn': String(checkpoints.toLsn),
    'last-lsn': String(checkpoints.lastLsn),
    'server-version': info.serverVersion,
    'tool-version': info.toolVersion,
    ...(binlog !== undefined && { 'binlog-file': binlog.file, 'binlog-pos': String(binlog.position) }),
    ...(binlog?.gtid !== undefined && { gtid: binlog.gtid }),
  }
}
