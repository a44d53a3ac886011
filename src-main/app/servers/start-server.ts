import { assertNever } from '../../../src-shared/assert-never.ts'
import { HoldfastError } from '../../../src-shared/errors.ts'
import type { ServerConfig } from '../../../src-shared/model/server.ts'
import { makeFolders } from '../../os/make-folders.ts'
import { errorCode } from '../../os/system-error.ts'
import type { RunningServer, ServerListener, ServerOrder, StartServer } from './running-server.ts'

/** Starts the server of an order in this thread. Throws `server/unavailable` with the next step. */
export async function startServer(order: ServerOrder, listener: ServerListener): Promise<RunningServer> {
  makeFolders(order.folder, 0o700)
  try {
    const start = await starterOf(order)
    return await start(order, listener)
  } catch (error) {
    throw listenFailure(error, order.config)
  }
}

/** Loads what this server needs and no other: the collector looks at all of it, time and again. */
async function starterOf({ config }: ServerOrder): Promise<StartServer> {
  switch (config.kind) {
    case 'pbs':
      return (await import('./start-pbs.ts')).startPbs
    case 'xtrabackup-agent':
      return (await import('./start-xtrabackup-agent.ts')).startXtrabackupAgent
    case 'couchbase':
      return (await import('./start-couchbase.ts')).startCouchbase
    case 'jobs':
      throw new HoldfastError('server/unavailable', { detail: 'The job server runs inside the app.' })
    default:
      return assertNever(config)
  }
}

/** What the system's refusal to listen means to a person; whatever else it is stays what it is. */
export function listenFailure(error: unknown, { listen }: Pick<ServerConfig, 'listen'>): unknown {
  const detail = `${listen.host}:${listen.port}`
  switch (errorCode(error)) {
    case 'EADDRINUSE':
      return new HoldfastError('server/unavailable', {
        detail: `Another program listens at ${detail} already.`,
        hint: 'Choose another port, or end that program.',
        cause: error,
      })
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new HoldfastError('server/unavailable', {
        detail: `This computer has no address ${listen.host}.`,
        hint: 'Choose 127.0.0.1 for this computer alone, or 0.0.0.0 for all networks.',
        cause: error,
      })
    case 'EACCES':
      return new HoldfastError('server/unavailable', {
        detail: `Port ${listen.port} needs more rights.`,
        hint: 'Choose a port from 1024 up.',
        cause: error,
      })
    default:
      return error
  }
}
