import { join } from 'node:path'
import { HoldfastError } from '../../../src-shared/errors.ts'
import type { ServerConfig } from '../../../src-shared/model/server.ts'
import type { AgentConnection, AgentEvent } from '../../engines/xtrabackup/agent/agent-options.ts'
import { createXtrabackupAgent } from '../../engines/xtrabackup/agent/create-agent.ts'
import type { RunningServer, ServerListener, ServerOrder } from './running-server.ts'
import { openIdentity } from './server-tls.ts'

/** The agent beside a MySQL or MariaDB server: runs its backup tool for whoever proves that they know the secret. */
export async function startXtrabackupAgent(
  { config, folder, secrets }: ServerOrder,
  listener: ServerListener,
): Promise<RunningServer> {
  if (config.kind !== 'xtrabackup-agent') throw new Error(`no agent: ${config.kind}`)
  const { listen, allow, socket, user, maximumRuns } = config
  if (secrets.secret === undefined) {
    throw new HoldfastError('server/unavailable', {
      detail: 'It has no shared secret yet.',
      hint: 'Choose one: whoever knows it can take a copy of the whole database server.',
    })
  }
  const identity = await openIdentity(folder, listen)
  const agent = await createXtrabackupAgent({
    connection: { socket, user, password: secrets.password },
    ...agentSettings(config),
    secret: secrets.secret,
    tls: identity,
    allow: allow.length === 0 ? ['0.0.0.0/0', '::/0'] : allow,
    maxRuns: maximumRuns,
    historyFile: join(folder, 'history.json'),
  })
  const stop = agent.onEvent((event) => tell(event, listener))
  const bound = await agent.listen(listen)
  return {
    listen: bound,
    fingerprint: identity.fingerprint,
    connections: () => agent.connections().map(shown),
    async close() {
      stop()
      await agent.close()
    },
  }
}

/** What an agent does the same under ssh and behind a listener. */
export function agentSettings(config: Extract<ServerConfig, { kind: 'xtrabackup-agent' }>) {
  const { tool, bytesPerSecond, serverConfig, parallel } = config
  const { stagingFolder, restoreFolder, oldDialectFolders, keepsTimeouts } = config
  return {
    ...{ tool, bytesPerSecond, serverConfig, parallel },
    ...{ stagingFolder, restoreFolder, oldDialectFolders, keepsTimeouts },
  }
}

function tell(event: AgentEvent, listener: ServerListener): void {
  switch (event.kind) {
    case 'refused':
      listener.log('warn', `${event.peer}: refused. ${event.reason}`)
      return
    case 'failed':
    case 'warning':
      listener.log('warn', `${event.connection.peer}: ${event.reason}`)
      break
    case 'request':
      listener.log('info', `${event.connection.peer}: ${event.connection.action ?? ''}`)
      break
    case 'line':
      listener.log('info', event.line)
      return
    case 'connected':
    case 'sent':
    case 'closed':
      break
  }
  listener.connectionsChanged()
}

function shown({ id, peer, since, action, sentBytes }: AgentConnection) {
  const activity = action === undefined ? '' : `${action}, ${(sentBytes / 1_048_576).toFixed(1)} MiB sent`
  return { id: String(id), peer, since: since * 1000, activity }
}
