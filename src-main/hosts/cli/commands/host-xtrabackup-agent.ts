import { Duplex } from 'node:stream'
import type { Command } from 'commander'
import { serverConfig } from '../../../../src-shared/model/server.ts'
import { createXtrabackupAgent } from '../../../engines/xtrabackup/agent/create-agent.ts'
import { agentSecretVariable, mysqlSecretsOf } from './mysql-flags.ts'
import { readListen, runHosting } from './run-hosting.ts'

interface AgentFlags {
  readonly stdio?: boolean
  readonly listen: string
  readonly allow: readonly string[]
  readonly socket?: string
  readonly user?: string
  readonly backupTool?: string
  readonly maximumRuns: string
  readonly bytesPerSecond?: string
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
    .option('--maximum-runs <count>', 'backups at the same time', '1')
    .option('--bytes-per-second <bytes>', 'for all of them together')
    .action((flags: AgentFlags, command: Command) =>
      flags.stdio === true ? serveStdio(flags) : listen(flags, command),
    )
}

function listen(flags: AgentFlags, command: Command): Promise<void> {
  const { password, agentSecret: secret } = mysqlSecretsOf(process.env)
  return runHosting(command, {
    config: serverConfig.parse({
      kind: 'xtrabackup-agent',
      listen: readListen(flags.listen),
      allow: flags.allow,
      maximumRuns: Number(flags.maximumRuns),
      ...(flags.backupTool === undefined ? {} : { tool: flags.backupTool }),
      ...(flags.socket === undefined ? {} : { socket: flags.socket }),
      ...(flags.user === undefined ? {} : { user: flags.user }),
      ...(flags.bytesPerSecond === undefined ? {} : { bytesPerSecond: Number(flags.bytesPerSecond) }),
    }),
    secrets: { ...(password === undefined ? {} : { password }), ...(secret === undefined ? {} : { secret }) },
  })
}

/** Whoever could start this program here could read the database as well: ssh has asked who it is. */
async function serveStdio({ socket, user, backupTool }: AgentFlags): Promise<void> {
  const { password, agentSecret: secret } = mysqlSecretsOf(process.env)
  const agent = await createXtrabackupAgent({ connection: { socket, user, password }, tool: backupTool, secret })
  await agent.serve(Duplex.from({ readable: process.stdin, writable: process.stdout }), 'stdio')
  await agent.close()
}
