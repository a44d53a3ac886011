import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { HoldfastError } from '../../../src-shared/errors.ts'
import type { ServerConnection } from '../../../src-shared/model/server.ts'
import { busyThread } from '../busy-thread.ts'
import { fromPlainError } from '../contract-errors.ts'
import type { RunningServer, ServerListener, ServerOrder } from './running-server.ts'
import type { FromServer, ToServer } from './server-messages.ts'

/** A server that is told to end gets this long to cut its connections and clear away what they left. */
const graceMs = 8000

export interface ThreadListener extends ServerListener {
  /** The thread ended by itself: the server is gone. */
  ended(error: HoldfastError): void
  bug(text: string): void
}

/**
 * Starts a server in a thread of its own: what other machines ask of it never stops the window (style H1), and a fault in it
 * ends it alone.
 */
export async function startInThread(order: ServerOrder, listener: ThreadListener): Promise<RunningServer> {
  // The file has the extension of this one: .ts from the checkout, .js in the build.
  const worker = new Worker(new URL(`./server.worker${extname(import.meta.url)}`, import.meta.url), {
    ...busyThread(),
    workerData: order,
    name: `server ${order.config.kind}`,
  })
  const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()))
  let connections: readonly ServerConnection[] = []
  let isListening = false
  let isClosing = false
  const { listen, fingerprint } = await new Promise<Extract<FromServer, { type: 'listening' }>>((resolve, reject) => {
    worker.on('message', (message: FromServer) => {
      switch (message.type) {
        case 'listening':
          isListening = true
          resolve(message)
          return
        case 'connections':
          connections = message.connections
          listener.connectionsChanged()
          return
        case 'log':
          listener.log(message.level, message.message)
          return
        case 'failed':
          if (message.bug !== undefined) listener.bug(message.bug)
          reject(fromPlainError(message.error))
      }
    })
    worker.on('error', (cause) => {
      listener.bug(cause instanceof Error ? (cause.stack ?? cause.message) : String(cause))
      reject(new HoldfastError('server/unavailable', { cause }))
    })
    void exited.then(() => {
      const error = new HoldfastError('server/unavailable', { detail: 'It ended by itself; the log has the details.' })
      reject(error)
      if (isListening && !isClosing) listener.ended(error)
    })
  })
  return {
    listen,
    fingerprint,
    connections: () => connections,
    async close() {
      if (isClosing) return exited
      isClosing = true
      worker.postMessage({ type: 'close' } satisfies ToServer)
      const timer = setTimeout(() => void worker.terminate(), graceMs)
      await exited
      clearTimeout(timer)
    },
  }
}
