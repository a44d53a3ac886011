import type { ServerConnection } from '../tool/defaults-file.ts'
import { queryServer } from '../tool/server-query.ts'
import { failedBlock, type KvBlock, pairValue } from '../wire/kv-block.ts'
import { readCopyWishes } from './copy-wishes.ts'
import { requireLogin } from './login.ts'
import { sendBinaryLogs } from './send-binary-logs.ts'
import { sendPhysical } from './send-physical.ts'
import { describeFailure, Refusal, type Session, ToldInData } from './session.ts'
import { readTimeoutWishes, type TimeoutWishes } from './timeout-wishes.ts'

/** `copy from`: a physical backup, or the binary logs since the last one (spec xtrabackup-agent §5.1, §5.2). */
export async function serveCopyFrom(session: Session, request: KvBlock): Promise<void> {
  const { state } = session
  const connection = requireLogin(session, request, ['backup-level', 'file'])
  const { encoding, ...rest } = readCopyWishes(request)
  const timeouts = state.options.keepsTimeouts === true ? undefined : readTimeoutWishes(request)
  const isBinaryLogs = rest.level === 'incremental' && rest.incrementalLsn === undefined
  // ZRM calls for each file of a backup; one call brings them all.
  const isDone = isBinaryLogs
    ? state.lastBinlogSid === session.sid
    : rest.level === 'full' && !rest.file.includes('ZRM_LINKS')
  if (isDone) return session.sendBlock([['status', 'OK']])

  if (encoding === undefined) {
    // The original says it there, before it starts anything.
    const reason = `Unknown encoding requested: ${pairValue(request, 'agent-stream-encoding')?.slice(0, 100)}`
    await session.sendBlock([['status', 'SENDING']])
    await session.send(failedBlock(reason))
    throw new ToldInData(reason)
  }
  const wishes = { ...rest, encoding }
  const freeSlot = state.takeSlot()
  if (freeSlot === undefined) throw new Refusal('As many backups as this agent makes at a time are running.')
  try {
    session.watchPeer()
    // ZRM stopped replication before it asked.
    if (wishes.isReplica) await queryServer(connection, 'START SLAVE;', session.signal)
    if (isBinaryLogs) await sendBinaryLogs(session, { wishes, connection, first: pairValue(request, 'binlog') })
    else await withTimeouts(session, { timeouts, connection }, () => sendPhysical(session, { wishes, connection }))
  } finally {
    freeSlot()
  }
}

/** The server's timeouts are raised before anything is promised, and put back however the run ends. */
async function withTimeouts(
  session: Session,
  order: { readonly timeouts: TimeoutWishes | undefined; readonly connection: ServerConnection },
  run: () => Promise<void>,
): Promise<void> {
  const { timeouts, connection } = order
  if (timeouts === undefined) return run()
  const { state, signal } = session
  const warn = (what: string, error: unknown): void =>
    state.emit({ kind: 'warning', connection: session.connection, reason: `${what}: ${describeFailure(error)}` })
  let putBack: () => Promise<void> = async () => {}
  try {
    putBack = await state.timeouts.raise(connection, timeouts, signal)
  } catch (error) {
    signal.throwIfAborted()
    if (timeouts.isNeeded) throw new Refusal(`ERROR Unable to set the MySQL timeouts. Error: ${describeFailure(error)}`)
    warn('The timeouts of the server are as they were', error)
  }
  try {
    await run()
  } finally {
    await putBack().catch((error: unknown) => warn('The timeouts of the server could not be put back', error))
  }
}
