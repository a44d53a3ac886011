import { connect, createServer, type Socket } from 'node:net'

/** A line to a server that can be cut, and counts what goes over it. */
export interface CuttingProxy {
  readonly port: number
  /** Bytes from the client since the last `cutAfter`. */
  readonly sent: number
  /** Bytes from the server since the last `cutAfterReceived`. */
  readonly received: number
  readonly connections: number
  /** All connections are cut when so many more bytes have come from the client. */
  cutAfter(bytes: number): void
  /** So many bytes from the server, on any connection. */
  cutAfterReceived(bytes: number): void
  cutNow(): void
  /** Bytes are swallowed in both directions, as by a server that vanished. */
  freeze(): void
  close(): Promise<void>
}

export async function startCuttingProxy(target: number): Promise<CuttingProxy> {
  const sockets = new Set<Socket>()
  let [sent, received, connections] = [0, 0, 0]
  let [sendLimit, receiveLimit] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]
  let isFrozen = false
  const cutNow = () => {
    for (const socket of sockets) socket.resetAndDestroy()
  }
  const server = createServer((client) => {
    connections++
    const upstream = connect(target, '127.0.0.1')
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from)
      from.on('error', () => undefined)
      from.on('close', () => {
        sockets.delete(from)
        if (!isFrozen) to.destroy()
      })
      from.on('data', (bytes) => {
        if (from === client) sent += bytes.length
        else received += bytes.length
        if (sent > sendLimit || received > receiveLimit) {
          ;[sendLimit, receiveLimit] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]
          cutNow()
        } else if (!isFrozen && !to.write(bytes)) {
          from.pause()
          to.once('drain', () => from.resume())
        }
      })
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    get sent() {
      return sent
    },
    get received() {
      return received
    },
    get connections() {
      return connections
    },
    cutAfter(bytes) {
      sent = 0
      sendLimit = bytes
    },
    cutAfterReceived(bytes) {
      received = 0
      receiveLimit = bytes
    },
    cutNow,
    freeze() {
      isFrozen = true
    },
    async close() {
      cutNow()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
