import { stat } from 'node:fs/promises'
import path from 'node:path'
import { tarFiles } from '../tar/tar-files.ts'
import type { ServerConnection } from '../tool/defaults-file.ts'
import { readBinaryLogs, readServerFacts, readSlaveStatus } from '../tool/server-facts.ts'
import { type KnownWishes, wishPairs } from './copy-wishes.ts'
import { sendData } from './send-data.ts'
import { describeFailure, Refusal, type Session } from './session.ts'

export interface BinaryLogsOrder {
  readonly wishes: KnownWishes
  readonly connection: ServerConnection
  /** The log to begin with. */
  readonly first: string | undefined
}

/**
 * Level 1: binary logs as a tar of plain names, from the one asked for up to but not including the one that is being
 * written. Where they are the server says, never the caller.
 */
export async function sendBinaryLogs(session: Session, { wishes, connection, first }: BinaryLogsOrder): Promise<void> {
  const { state, signal } = session
  const facts = await readServerFacts(connection, signal)
  if (facts.binlogBase === undefined) throw new Refusal('The server writes no binary logs.')
  const folder = path.dirname(facts.binlogBase)
  const logs = logsFrom(await readBinaryLogs(connection, signal), first)
  const slaveStatus = wishes.isReplica ? await readSlaveStatus(connection, signal) : []
  const job = await state.history.start(
    { sid: session.sid ?? '', type: 'incremental', message: logs.join(' ') },
    wishes.historyJobs,
  )
  try {
    state.lastBinlogSid = session.sid
    const { uid, gid } = await stat(folder)
    await session.sendBlock([['status', 'SENDING'], ...slaveStatus, ...wishPairs({ ...wishes, format: 'tar' })])
    await sendData(session, tarFiles(folder, inOrder(logs), { uid, gid }), wishes, async () => ({}))
    await job.end({ status: 'success', sizeBytes: session.sentBytes, message: logs.join(' ') })
    state.emit({ kind: 'sent', connection: session.connection })
  } catch (error) {
    await job.end({ status: 'failure', sizeBytes: session.sentBytes, message: describeFailure(error) })
    throw error
  }
}

function logsFrom(all: readonly string[], first: string | undefined): readonly string[] {
  const begin = first === undefined ? -1 : all.indexOf(first)
  if (begin < 0) throw new Refusal(`The server has no binary log ${JSON.stringify(first?.slice(0, 100) ?? '')}.`)
  const logs = all.slice(begin, -1)
  if (logs.some((name) => name !== path.basename(name) || name.startsWith('.')))
    throw new Refusal('The server names binary logs that are none.')
  return logs
}

async function* inOrder(names: readonly string[]): AsyncGenerator<string> {
  yield* names
}
