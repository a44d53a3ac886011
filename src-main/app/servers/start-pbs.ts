import { hostname } from 'node:os'
import { HoldfastError } from '../../../src-shared/errors.ts'
import { openAccessStore } from '../../engines/pbs/server/access/access-store.ts'
import { createPbsServer } from '../../engines/pbs/server/create-pbs-server.ts'
import { openServerIdentity } from '../../engines/pbs/server/tls/server-identity.ts'
import { openDatastore } from '../../storage/datastore/datastore.ts'
import type { RunningServer, ServerListener, ServerOrder } from './running-server.ts'

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
  const identity = await openServerIdentity(folder, {
    hosts: [hostname(), 'localhost', config.listen.host],
    now: Math.floor(Date.now() / 1000),
  })
  const server = createPbsServer({
    datastores: served,
    access: accounts.config,
    tls: identity,
    ticketSecret: identity.ticketSecret,
    log: {
      info: (message) => listener.log('info', message),
      warn: (message, error) => listener.log('warn', error instanceof Error ? `${message} ${error.message}` : message),
    },
  })
  const { port } = await server.listen(config.listen)
  return {
    listen: { host: config.listen.host, port },
    fingerprint: server.fingerprint,
    connections: () => [],
    close: () => server.close(),
  }
}
