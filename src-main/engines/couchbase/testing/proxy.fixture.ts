import net from 'node:net'

/** Between a client and a server; cuts each connection after as many bytes from the server as it is told. */
export interface CuttingProxy {
  readonly port: number
  /** Bytes from the server that the connections to come let through; undefined is all. */
  cutAfter: number | undefined
  /** Cuts so many connections, then lets all through. */
  cutsLeft: number
  /** The largest piece that is passed on at once. */
  pieceBytes: number | undefined
  readonly connections: number
  close(): Promise<void>
}

export async function openProxy(targetPort: number): Promise<CuttingProxy> {
  const sockets = new Set<net.Socket>()
  let connections = 0
  const server = net.createServer((client) => {
    connections += 1
    const upstream = net.connect(targetPort, '127.0.0.1')
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => socket.destroy())
      socket.once('close', () => sockets.delete(socket))
    }
    const limit = proxy.cutsLeft > 0 ? proxy.cutAfter : undefined
    if (limit !== undefined) proxy.cutsLeft -= 1
    let passed = 0
    client.pipe(upstream)
    upstream.on('data', (data: Buffer) => {
      const part = limit === undefined ? data : data.subarray(0, limit - passed)
      passed += part.length
      for (let at = 0; at < part.length; ) {
        const piece = part.subarray(at, at + (proxy.pieceBytes ?? part.length))
        client.write(piece)
        at += piece.length
      }
      if (limit !== undefined && passed >= limit) {
        client.end()
        upstream.destroy()
      }
    })
    upstream.once('end', () => client.end())
    client.once('close', () => upstream.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const proxy = {
    port: (server.address() as net.AddressInfo).port, // it listens on an address
    cutAfter: undefined as number | undefined,
    cutsLeft: Number.MAX_SAFE_INTEGER,
    pieceBytes: undefined as number | undefined,
    get connections() {
      return connections
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return proxy
}
