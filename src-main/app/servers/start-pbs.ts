import { HoldfastError } from '../../../src-shared/errors.ts'
import type { ServerConnection } from '../../../src-shared/model/server.ts'
import { openAccessStore } from '../../engines/pbs/server/access/access-store.ts'
import type { ClientConnection } from '../../engines/pbs/server/connections/connection-registry.ts'
import type { ServerEvent } from '../../engines/pbs/server/connections/server-event.ts'
import { createPbsServer } from '../../engines/pbs/server/create-pbs-server.ts'
import { openDatastore } from '../../storage/datastore/datastore.ts'
import type { RunningServer, ServerListener, ServerOrder } from './running-server.ts'
import { openIdentity } from './server-tls.ts'

/** Local repositories for `proxmox-backup-client`, Proxmox VE and other Holdfasts. */
export async function startPbs(
  { config, folder, datastores }: ServerOrder,
  listener: ServerListener,
): Promise<RunningServer> {
  if (datastores.length === 0) {
    throw new HoldfastError('server/unavailable', {
      detail: 'It offers nothing yet.',
      hint: 'Choose a local repository to offer.',
    })
  }
  const served = []
  for (const { name, path } of datastores) served.push({ name, store: await openDatastore(path) })
  const accounts = await openAccessStore(folder)
  const identity = await openIdentity(folder, config.listen)
  const server = createPbsServer({
    datastores: served,
    access: accounts.config,
    tls: identity,
    ticketSecret: identity.ticketSecret,
    onEvent: (event) => tell(event, listener),
    log: {
      info: (message) => listener.log('info', message),
      warn: (message, error) => listener.log('warn', error instanceof Error ? `${message} ${error.message}` : message),
    },
  })
  const { port } = await server.listen(config.listen)
  return {
    listen: { host: config.listen.host, port },
    fingerprint: server.fingerprint,
    connections: () => server.connections().map(shown),
    close: () => server.close(),
  }
}

function tell(event: ServerEvent, listener: ServerListener): void {
  switch (event.type) {
    case 'connected':
    case 'changed':
    case 'disconnected': {
      listener.connectionsChanged()
      const { user, address, target, protocol } = event.connection
      if (event.type === 'changed' && protocol !== 'api')
        listener.log('info', `${user} from ${address}: ${protocol} ${target}`)
      return
    }
    case 'task-ended': {
      const isWell = event.status === 'OK' || event.status.startsWith('WARNINGS')
      listener.log(
        isWell ? 'info' : 'warn',
        `${event.task.type} ${event.task.workerId} by ${event.task.user}: ${event.status}`,
      )
      return
    }
    case 'uploaded':
      listener.connectionsChanged()
      return
    case 'task-started':
      return
  }
}

function shown({
  id,
  address,
  user,
  since,
  protocol,
  target,
  receivedBytes,
  sentBytes,
}: ClientConnection): ServerConnection {
  const figures = `${mebibytes(receivedBytes)} in, ${mebibytes(sentBytes)} out`
  return { id, peer: address, user, since, activity: protocol === 'api' ? '' : `${protocol} ${target}, ${figures}` }
}

function mebibytes(bytes: number): string {
  return `${(bytes / 1_048_576).toFixed(1)} MiB`
}
