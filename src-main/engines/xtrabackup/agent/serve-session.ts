import { HoldfastError, ProtocolError } from '../../../../src-shared/errors.ts'
import { type KvBlock, pairValue, readBlock } from '../wire/kv-block.ts'
import { protocolVersion } from '../wire/limits.ts'
import { isOldVersion, type OldRequest, readOldRequest } from '../wire/old-dialect.ts'
import { isServed } from '../wire/versions.ts'
import { serveCheck, serveTables } from './serve-check.ts'
import { serveCopyFrom } from './serve-copy-from.ts'
import { serveCopyTo } from './serve-copy-to.ts'
import { serveMonitor } from './serve-monitor.ts'
import { serveOldDialect } from './serve-old-dialect.ts'
import { servePrepare } from './serve-prepare.ts'
import { describeFailure, Refusal, type Session } from './session.ts'

const headerTimeoutMs = 30_000

/**
 * One connection from its first line to its last byte (spec xtrabackup-agent §8):
 *
 *     version → block → READY → what was asked for → close
 *       └────────┴─────── FAILED, close
 */
export async function serveSession(session: Session): Promise<void> {
  const { state } = session
  const timer = setTimeout(() => session.leave(), state.options.headerTimeoutMs ?? headerTimeoutMs)
  let request: KvBlock | OldRequest | undefined
  try {
    request = await readRequest(session)
  } finally {
    clearTimeout(timer)
  }
  if (request === undefined) return
  if ('version' in request) return serveOldDialect(session, request)
  await session.send('READY\n')
  session.action = pairValue(request, 'action')
  session.sid = pairValue(request, 'sid') ?? `unnamed-${state.now()}-${session.id}`
  state.emit({ kind: 'request', connection: session.connection })
  try {
    await dispatch(session, request)
  } catch (error) {
    const reason = describeFailure(error)
    state.emit({ kind: 'failed', connection: session.connection, reason })
    // What was said already decides what a caller takes this for: whoever sends data passes failures on itself.
    if (error instanceof Refusal || error instanceof HoldfastError) await session.refuse(reason)
    else throw error
  }
}

/** `undefined` when the connection was answered already. */
async function readRequest(session: Session): Promise<KvBlock | OldRequest | undefined> {
  const { state, reader } = session
  const { isStrict = false, oldDialectFolders } = state.options
  let request: KvBlock
  try {
    const version = await reader.line('version')
    if (isOldVersion(version)) {
      // Its own server closes without a word when it does not like what it hears.
      return oldDialectFolders === undefined ? undefined : await readOldRequest(version, reader)
    }
    if (!isServed(protocolVersion, version)) {
      await session.refuse(`Incompatible client version ${version.slice(0, 40)}.`)
      return undefined
    }
    request = await readBlock(reader, { isStrict })
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error
    await session.refuse(error.message)
    return undefined
  }
  if (pairValue(request, 'action') === undefined) {
    await session.refuse(`Missing required header key 'action'.`)
    return undefined
  }
  const problem = state.proofs?.problem(request, state.now())
  if (problem === undefined) return request
  await session.refuse(problem)
  return undefined
}

async function dispatch(session: Session, request: KvBlock): Promise<void> {
  const isExtended = pairValue(request, 'bkm-ext') === '1'
  if (session.action === 'copy from') return serveCopyFrom(session, request)
  if (session.action === 'monitor') return serveMonitor(session, request)
  // The original ends silently here, and knows none of the others.
  if (isExtended) {
    if (session.action === 'list') return serveMonitor(session, request)
    if (session.action === 'check') return serveCheck(session, request)
    if (session.action === 'tables') return serveTables(session, request)
    if (session.action === 'copy to') return serveCopyTo(session, request)
    if (session.action === 'prepare') return servePrepare(session, request)
  }
  throw new Refusal(`This agent knows no action ${JSON.stringify(session.action?.slice(0, 40))}.`)
}
