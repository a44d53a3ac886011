import { resolve } from 'node:path'
import { Duplex } from 'node:stream'
import type { Command } from 'commander'
import { xtrabackupAgentConfig } from '../../../../src-shared/model/server.ts'
import { agentSettings } from '../../../app/servers/start-xtrabackup-agent.ts'
import { parseSize } from '../../../engines/casync/chunker/chunk-sizes.ts'
import { createXtrabackupAgent } from '../../../engines/xtrabackup/agent/create-agent.ts'
import { wholeNumber } from '../option-values.ts'
import { agentSecretVariable, mysqlSecretsOf } from './mysql-flags.ts'
import { readListen, runHosting } from './run-hosting.ts'

interface AgentFlags {
  readonly stdio?: boolean
  readonly listen: string
  readonly allow: readonly string[]
  readonly socket?: string
  readonly user?: string
  readonly backupTool?: string
  readonly maximumRuns: number
  readonly bytesPerSecond?: number
  readonly serverConfig?: string
  readonly parallel?: number
  readonly staging?: string
  readonly restoreFolder?: string
  readonly oldDialect: readonly string[]
  readonly keepTimeouts?: boolean
}

/** `holdfast host xtrabackup-agent`: beside a database server, for whoever backs it up from elsewhere. */
export function addHostXtrabackupAgentCommand(host: Command): void {
  const collect = (value: string, previous: readonly string[]) => [...previous, value]
  host
    .command('xtrabackup-agent')
    .description(
      `an agent for backups of this computer’s MySQL or MariaDB; its shared secret in ${agentSecretVariable}, the password of --user in HOLDFAST_MYSQL_PASSWORD`,
    )
    .option('--stdio', 'one caller on standard input and output, as under ssh, who needs no secret')
    .option('--listen <address:port>', 'where to listen, in TLS', '127.0.0.1:25301')
    .option(
      '--allow <network>',
      'who may connect, such as 10.0.0.0/8; everybody when left out; repeatable',
      collect,
      [],
    )
    .option('--socket <path>', 'of the database server')
    .option('--user <name>', 'who logs in there; without it, callers bring a login')
    .option('--backup-tool <program>', 'mariadb-backup or xtrabackup, where it is not found by itself')
    .option('--maximum-runs <count>', 'backups at the same time, 1 to 16', wholeNumber(1, 16), 1)
    .option('--bytes-per-second <bytes>', 'a second, for all of them together; 20M are 20 MiB', parseSize)
    .option('--server-config <file>', 'the server’s own options file')
    .option('--parallel <count>', 'files that are copied at once, 1 to 64', wholeNumber(1, 64))
    .option('--staging <folder>', 'where a backup is laid out that a caller wants as a tar')
    .option('--restore-folder <folder>', 'takes backups to be restored, each into a new folder in this one')
    .option('--old-dialect <folder>', 'callers of the dialect 1.8 may copy from and to it; repeatable', collect, [])
    .option('--keep-timeouts', 'leaves the server’s timeouts as they are, whatever callers ask for')
    .action((flags: AgentFlags, command: Command) =>
      flags.stdio === true ? serveStdio(flags) : listen(flags, command),
    )
}

function listen(flags: AgentFlags, command: Command): Promise<void> {
  const { password, agentSecret: secret } = mysqlSecretsOf(process.env)
  return runHosting(command, {
    config: configOf(flags),
    secrets: { ...(password === undefined ? {} : { password }), ...(secret === undefined ? {} : { secret }) },
  })
}

function configOf(flags: AgentFlags) {
  const path = (text: string | undefined) => (text === undefined ? undefined : resolve(text))
  return xtrabackupAgentConfig.parse({
    kind: 'xtrabackup-agent',
    listen: readListen(flags.listen),
    allow: flags.allow,
    maximumRuns: flags.maximumRuns,
    ...given({
      tool: flags.backupTool,
      socket: flags.socket,
      user: flags.user,
      bytesPerSecond: flags.bytesPerSecond,
      serverConfig: path(flags.serverConfig),
      parallel: flags.parallel,
      stagingFolder: path(flags.staging),
      restoreFolder: path(flags.restoreFolder),
      oldDialectFolders: flags.oldDialect.length === 0 ? undefined : flags.oldDialect.map((folder) => resolve(folder)),
      keepsTimeouts: flags.keepTimeouts,
    }),
  })
}

function given(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined))
}

/** Whoever could start this program here could read the database as well: ssh has asked who it is. */
async function serveStdio(flags: AgentFlags): Promise<void> {
  const { password, agentSecret: secret } = mysqlSecretsOf(process.env)
  const config = configOf(flags)
  const { socket, user } = config
  const agent = await createXtrabackupAgent({
    connection: { socket, user, password },
    secret,
    ...agentSettings(config),
  })
  await agent.serve(Duplex.from({ readable: process.stdin, writable: process.stdout }), 'stdio')
  await agent.close()
}
