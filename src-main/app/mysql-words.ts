import type { AgentConnection, IncrementalPolicy, MysqlSource } from '../../src-shared/model/mysql-source.ts'

/** Days as a person types them; the number of each is its place. */
export const weekdays = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'] as const

/**
 * A MySQL source as words for `holdfast backup`. Passwords are left out: the command line takes them from the environment.
 *
 *     --mysql /run/mysqld/mysqld.sock --user backup --incremental weekly:sunday
 *     --mysql agent://db1:25301 --fingerprint 3F:…
 *     --mysql ssh://backup@db1 --user backup
 */
export function mysqlWords(source: MysqlSource): string[] {
  const { connection, databases, incremental, stagingFolder, stagingLimitBytes } = source
  const option = (name: string, value: string | number | undefined) =>
    value === undefined ? [] : [`--${name}`, String(value)]
  return [
    ...['--mysql', mysqlAddress(connection)],
    ...option('user', connection.user),
    ...connectionWords(connection),
    ...databases.flatMap((name) => ['--database', name]),
    ...(incremental.kind === 'never' ? [] : ['--incremental', policyWord(incremental)]),
    ...option('staging', stagingFolder),
    ...option('staging-limit', stagingLimitBytes),
  ]
}

function connectionWords(connection: MysqlSource['connection']): string[] {
  const option = (name: string, value: string | undefined) => (value === undefined ? [] : [`--${name}`, value])
  if (connection.via === 'local') {
    return [...option('backup-tool', connection.toolPath), ...option('server-config', connection.serverConfig)]
  }
  return [...(connection.compress ? ['--compress-transfer'] : []), ...agentConnectionWords(connection)]
}

/** What leads to an agent besides its address. */
export function agentConnectionWords(connection: AgentConnection): string[] {
  if (connection.via === 'ssh') return ['--agent-command', connection.command.join(' ')]
  return [
    ...(connection.transport === 'clear' ? ['--insecure'] : []),
    ...(connection.fingerprint === undefined ? [] : ['--fingerprint', connection.fingerprint]),
  ]
}

export function agentUrl(connection: AgentConnection): string {
  if (connection.via === 'agent') return `agent://${bracketed(connection.host)}:${connection.port}`
  return `ssh://${connection.host}${connection.sshPort === undefined ? '' : `:${connection.sshPort}`}`
}

function mysqlAddress(connection: MysqlSource['connection']): string {
  if (connection.via !== 'local') return agentUrl(connection)
  const { socket, host, port } = connection
  return socket ?? `${bracketed(host ?? 'localhost')}${port === undefined ? '' : `:${port}`}`
}

function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host
}

function policyWord(policy: IncrementalPolicy): string {
  switch (policy.kind) {
    case 'never':
      return 'never'
    case 'fullEvery':
      return `full-every:${policy.runs}`
    case 'weekly':
      return `weekly:${weekdays[policy.weekday] ?? policy.weekday}`
  }
}
