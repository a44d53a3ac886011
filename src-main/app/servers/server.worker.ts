import { parentPort, workerData } from 'node:worker_threads'
import { toPlainError } from '../contract-errors.ts'
import type { ServerOrder } from './running-server.ts'
import type { FromServer, ToServer } from './server-messages.ts'
import { startServer } from './start-server.ts'

/** The thread of one server: starts it, tells who is connected, ends when told to. */
const port = parentPort
if (port === null) throw new Error('server.worker runs only as a worker thread')
const order = workerData as ServerOrder // made by server-thread.ts of the same build
const send = (message: FromServer): void => port.postMessage(message)

/** Connections change in bursts; a person reads them at most so often. */
const tellEveryMs = 500

try {
  let timer: NodeJS.Timeout | undefined
  const server = await startServer(order, {
    log: (level, message) => send({ type: 'log', level, message }),
    connectionsChanged() {
      timer ??= setTimeout(() => {
        timer = undefined
        send({ type: 'connections', connections: server.connections() })
      }, tellEveryMs)
    },
  })
  port.on('message', (message: ToServer) => {
    if (message.type !== 'close') return
    clearTimeout(timer)
    void server.close().finally(() => port.close())
  })
  send({ type: 'listening', listen: server.listen, fingerprint: server.fingerprint })
} catch (error) {
  let bug: string | undefined
  const plain = toPlainError(error, {
    bug: (id, cause) => {
      bug = `${id} ${cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)}`
    },
  })
  send({ type: 'failed', error: plain, bug })
  port.close()
}
