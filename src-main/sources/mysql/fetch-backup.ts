import { HoldfastError } from '../../../src-shared/errors.ts'
import type { AgentConnection, MysqlSecrets, MysqlSource } from '../../../src-shared/model/mysql-source.ts'
import { AgentClient } from '../../engines/xtrabackup/client/agent-client.ts'
import { copyFrom } from '../../engines/xtrabackup/client/copy-from.ts'
import type { AgentAddress } from '../../engines/xtrabackup/client/dial.ts'
import { receiveBackup, requireDescription } from '../../engines/xtrabackup/client/receive-backup.ts'
import { findBackupTool } from '../../engines/xtrabackup/tool/backup-tool.ts'
import { readServerFacts, readServerTables, type ServerTable } from '../../engines/xtrabackup/tool/server-facts.ts'
import { readServerRights } from '../../engines/xtrabackup/tool/server-rights.ts'
import { streamBackup } from '../../engines/xtrabackup/tool/stream-backup.ts'
import {
  type UnpackedMember,
  type UnpackOptions,
  unpackXbstream,
} from '../../engines/xtrabackup/xbstream/unpack-xbstream.ts'
import type { Pace } from '../../os/pace.ts'

/** Five minutes in all: a backup is silent while it waits for locks, and the job's log says that it does. */
const patience = { idleMs: 100_000, idleRetries: 2 }

export interface BackupOrder {
  readonly spec: MysqlSource
  readonly secrets: MysqlSecrets
  readonly onLine?: ((line: string) => void) | undefined
  readonly signal: AbortSignal
  /** How fast a backup may come. */
  readonly pace?: Pace | undefined
}

/** What the server says of itself. */
export interface AskedServer {
  readonly uid: string | undefined
  readonly tables: readonly ServerTable[]
}

export interface InspectedServer extends AskedServer {
  /** What the login lacks for a backup, as the server calls it. */
  readonly missingRights: readonly string[]
  readonly version: string
  readonly toolVersion: string
}

/** Whether a backup could be made now, with what a person wants to see before. Throws what stands in the way. */
export function inspectServer(order: BackupOrder): Promise<InspectedServer> {
  return order.spec.connection.via === 'local' ? askLocally(order) : askAgent(order)
}

/** As far as it can be asked. */
export async function askServer(order: BackupOrder): Promise<AskedServer> {
  try {
    return await inspectServer(order)
  } catch (error) {
    order.signal.throwIfAborted()
    // No client program, too few rights, an agent of the original: the backup itself will say what matters.
    if (error instanceof HoldfastError) return { uid: undefined, tables: [] }
    throw error
  }
}

async function askLocally(order: BackupOrder): Promise<InspectedServer> {
  const connection = localConnection(order)
  const tool = await findBackupTool(toolOf(order), order.signal)
  const { uid, version } = await readServerFacts(connection, order.signal)
  const { missing: missingRights } = await readServerRights(connection, version, order.signal)
  const tables = await readServerTables(connection, order.signal)
  return { uid, version, toolVersion: tool.version, missingRights, tables }
}

async function askAgent(order: BackupOrder): Promise<InspectedServer> {
  const client = agentClient(order)
  const { spec, secrets, signal } = order
  const user = spec.connection.user
  const login =
    user === undefined
      ? []
      : ([
          ['user', user],
          ['password', secrets.password ?? ''],
        ] as const)
  const facts = await client.check(login, signal)
  const uid = facts.get('server-uid')
  const tables: ServerTable[] = []
  for await (const table of client.tables(login, signal)) tables.push(table)
  return {
    uid: uid === '' ? undefined : uid,
    version: facts.get('server-version') ?? '',
    toolVersion: facts.get('tool-version') ?? '',
    missingRights: (facts.get('missing-rights') ?? '').split(';').filter((right) => right !== ''),
    tables,
  }
}

/** Lays a backup out in a new folder: a full, or the pages since an LSN. Returns only when it is whole. */
export async function fetchBackup(
  order: BackupOrder,
  folder: string,
  incrementalLsn: bigint | undefined,
  options: UnpackOptions,
): Promise<readonly UnpackedMember[]> {
  const { spec, secrets, signal, onLine, pace } = order
  const { databases } = spec
  const paced = (data: AsyncIterable<Uint8Array>) => pace?.through(data, signal) ?? data
  if (spec.connection.via === 'local') {
    const { toolPath, serverConfig } = spec.connection
    const tool = await findBackupTool(toolPath, signal)
    const backup = streamBackup({
      ...{ tool, serverConfig, databases, incrementalLsn, signal, connection: localConnection(order) },
      ...(onLine && { onLine }),
    })
    const members = await unpackXbstream(paced(backup.data), folder, options)
    requireDescription(members)
    return members
  }
  const reply = await copyFrom(
    agentClient(order),
    {
      level: incrementalLsn === undefined ? 'full' : 'incremental',
      ...{ incrementalLsn, databases, user: spec.connection.user, password: secrets.password },
      ...(spec.connection.compress && { compression: 'gzip' }),
    },
    signal,
  )
  if (reply.kind === 'nothing') throw new HoldfastError('mysql/agent-refused', { detail: 'It has nothing to send.' })
  return receiveBackup({ ...reply, data: paced(reply.data) }, folder, options)
}

function toolOf({ spec: { connection } }: BackupOrder): string | undefined {
  return connection.via === 'local' ? connection.toolPath : undefined
}

function localConnection({ spec, secrets }: BackupOrder) {
  if (spec.connection.via !== 'local') throw new Error('the server is reached through an agent')
  const { socket, host, port, user } = spec.connection
  return { socket, host, port, user, password: secrets.password }
}

/** Words of the command are checked by the plan's schema: ssh joins them, and a shell at the other end reads them. */
export function agentAddress(connection: AgentConnection): AgentAddress {
  if (connection.via === 'ssh') {
    const { host, sshPort, command } = connection
    const port = sshPort === undefined ? [] : ['-p', String(sshPort)]
    return { kind: 'command', command: ['ssh', '-T', '-o', 'BatchMode=yes', ...port, '--', host, ...command] }
  }
  const { host, port, transport, fingerprint } = connection
  const way = transport === 'tls' ? { tls: { fingerprint } } : { allowClear: true }
  return { kind: 'tcp', host, port, ...way }
}

function agentClient({ spec: { connection }, secrets, onLine }: BackupOrder): AgentClient {
  if (connection.via === 'local') throw new Error('the server is reached without an agent')
  return openAgentClient(connection, { secrets, onLine })
}

/** `onLine` hears of silences that are waited out, and of what an agent of the original would not understand. */
export function openAgentClient(
  connection: AgentConnection,
  { secrets, onLine }: Pick<BackupOrder, 'secrets' | 'onLine'>,
): AgentClient {
  return new AgentClient({
    address: agentAddress(connection),
    secret: secrets.agentSecret,
    ...patience,
    ...(onLine && { onWarning: onLine }),
  })
}
