import { queryServer } from '../tool/server-query.ts'
import { type KvBlock, pairValue } from '../wire/kv-block.ts'
import { readCopyWishes } from './copy-wishes.ts'
import { requireLogin } from './login.ts'
import { sendBinaryLogs } from './send-binary-logs.ts'
import { sendPhysical } from './send-physical.ts'
import { Refusal, type Session } from './session.ts'

/** `copy from`: a physical backup, or the binary logs since the last one (spec xtrabackup-agent §5.1, §5.2). */
export async function serveCopyFrom(session: Session, request: KvBlock): Promise<void> {
  const { state } = session
  const connection = requireLogin(session, request, ['backup-level', 'file'])
  const wishes = { ...readCopyWishes(request), encodingName: pairValue(request, 'agent-stream-encoding') }
  const isBinaryLogs = wishes.level === 'incremental' && wishes.incrementalLsn === undefined
  // ZRM calls for each file of a backup; one call brings them all.
  const isDone = isBinaryLogs
    ? state.lastBinlogSid === session.sid
    : wishes.level === 'full' && !wishes.file.includes('ZRM_LINKS')
  if (isDone) return session.sendBlock([['status', 'OK']])

  const freeSlot = state.takeSlot()
  if (freeSlot === undefined) throw new Refusal('As many backups as this agent makes at a time are running.')
  try {
    session.watchPeer()
    // ZRM stopped replication before it asked.
    if (wishes.isReplica) await queryServer(connection, 'START SLAVE;', session.signal)
    if (isBinaryLogs) await sendBinaryLogs(session, { wishes, connection, first: pairValue(request, 'binlog') })
    else await sendPhysical(session, { wishes, connection })
  } finally {
    freeSlot()
  }
}
