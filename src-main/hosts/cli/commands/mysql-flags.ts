import { resolve } from 'node:path'
import type { Command } from 'commander'
import { HoldfastError } from '../../../../src-shared/errors.ts'
import { type AgentConnection, agentConnection, type MysqlSecrets } from '../../../../src-shared/model/mysql-source.ts'
import { type PlanSource, planSource } from '../../../../src-shared/model/source.ts'
import { weekdays } from '../../../app/mysql-words.ts'
import { parseSize } from '../../../engines/casync/chunker/chunk-sizes.ts'

/** Where a server is and what is taken of it; `--user`, `--fingerprint` and `--insecure` are those of every database. */
export interface MysqlFlags {
  readonly mysql: string
  readonly user?: string
  readonly fingerprint?: string
  readonly insecure?: boolean
  readonly database?: readonly string[]
  readonly incremental?: string
  readonly backupTool?: string
  readonly serverConfig?: string
  readonly agentCommand?: string
  readonly compressTransfer?: boolean
  readonly staging?: string
  readonly stagingLimit?: number
}

/** Passwords come from the environment: nobody reads them in a list of processes. */
const PASSWORD = 'HOLDFAST_MYSQL_PASSWORD'
export const agentSecretVariable = 'HOLDFAST_AGENT_SECRET'

export function addMysqlOptions(command: Command): Command {
  const collect = (value: string, previous: readonly string[] = []) => [...previous, value]
  return command
    .option(
      '--mysql <address>',
      `a MySQL or MariaDB server: its socket, host:port, agent://host:port or ssh://host; password in ${PASSWORD}`,
    )
    .option('--database <name>', 'of --mysql: only this one; repeatable', collect)
    .option('--incremental <when>', 'of --mysql: never, full-every:7 (runs) or weekly:sunday (the day of the full)')
    .option('--backup-tool <program>', 'of --mysql: mariadb-backup or xtrabackup, where it is not found by itself')
    .option('--server-config <file>', 'of --mysql: the server’s own options file')
    .option('--agent-command <words>', 'of --mysql ssh://: what runs the agent there')
    .option('--compress-transfer', 'of --mysql agent:// and ssh://: compressed on the way')
    .option('--staging <folder>', 'of --mysql and --couchbase: where the backup is laid out first')
    .option('--staging-limit <bytes>', 'of --mysql and --couchbase: and how much of it; 20G are 20 GiB', parseSize)
}

/** @throws ZodError for what cannot be a source, `input/invalid` for what cannot be read as one */
export function mysqlSourceOf(flags: MysqlFlags): PlanSource {
  const { database, incremental, staging, stagingLimit } = flags
  return planSource.parse({
    kind: 'mysql',
    connection: connectionOf(flags),
    ...(database === undefined ? {} : { databases: database }),
    ...(incremental === undefined ? {} : { incremental: policyOf(incremental) }),
    ...(staging === undefined ? {} : { stagingFolder: resolve(staging) }),
    ...(stagingLimit === undefined ? {} : { stagingLimitBytes: stagingLimit }),
  })
}

/** Of an agent alone. Throws ZodError where the address leads to none, `input/invalid` where it is no address. */
export function agentConnectionOf(
  address: string,
  flags: Pick<MysqlFlags, 'fingerprint' | 'insecure' | 'agentCommand'>,
): AgentConnection {
  return agentConnection.parse(connectionOf({ ...flags, mysql: address }))
}

/** By the names of `MysqlSecrets`. */
export function mysqlSecretsOf(environment: NodeJS.ProcessEnv): Readonly<Record<string, string>> {
  const { [PASSWORD]: password, [agentSecretVariable]: agentSecret } = environment
  return {
    ...(password === undefined ? {} : { password }),
    ...(agentSecret === undefined ? {} : { agentSecret }),
  } satisfies MysqlSecrets
}

function connectionOf(flags: MysqlFlags): unknown {
  const { mysql: address, user, fingerprint, compressTransfer = false, insecure = false, agentCommand } = flags
  const login = user === undefined ? {} : { user }
  if (address.startsWith('/')) return { via: 'local', socket: address, ...login, ...toolsOf(flags) }
  const { scheme, host, port } = readAddress(address)
  switch (scheme) {
    case undefined:
      return {
        ...{ via: 'local', ...login, ...toolsOf(flags), ...(port === undefined ? {} : { port }) },
        // Without a port it is the server of this computer, wherever its own configuration puts its socket.
        ...(host === 'localhost' && port === undefined ? {} : { host }),
      }
    case 'agent':
      return {
        ...{ via: 'agent', host, ...login, compress: compressTransfer, transport: insecure ? 'clear' : 'tls' },
        ...(port === undefined ? {} : { port }),
        ...(fingerprint === undefined ? {} : { fingerprint }),
      }
    case 'ssh':
      return {
        ...{ via: 'ssh', host, ...login, compress: compressTransfer },
        ...(port === undefined ? {} : { sshPort: port }),
        ...(agentCommand === undefined ? {} : { command: agentCommand.split(/ +/) }),
      }
    default:
      throw notAnAddress(address)
  }
}

function toolsOf({ backupTool, serverConfig }: MysqlFlags) {
  return {
    ...(backupTool === undefined ? {} : { toolPath: backupTool }),
    ...(serverConfig === undefined ? {} : { serverConfig: resolve(serverConfig) }),
  }
}

function readAddress(address: string) {
  const match = /^(?:([a-z]+):\/\/)?(?:\[([^\]]+)\]|([^:/[\]]+))(?::(\d{1,5}))?\/?$/.exec(address)
  if (match === null) throw notAnAddress(address)
  const [, scheme, bracketed, plain = '', port] = match
  return { scheme, host: bracketed ?? plain, port: port === undefined ? undefined : Number(port) }
}

function notAnAddress(address: string): HoldfastError {
  return new HoldfastError('input/invalid', {
    detail: address,
    hint: 'Give a socket, host:port, agent://host:port or ssh://host.',
  })
}

function policyOf(text: string): unknown {
  const [kind, value = ''] = text.split(':', 2)
  if (kind === 'never') return { kind }
  if (kind === 'full-every') return { kind: 'fullEvery', runs: Number(value) }
  const names: readonly string[] = weekdays
  const weekday = names.indexOf(value.toLowerCase())
  if (kind === 'weekly' && weekday >= 0) return { kind, weekday }
  throw new HoldfastError('input/invalid', { detail: text, hint: 'Say never, full-every:7 or weekly:sunday.' })
}
