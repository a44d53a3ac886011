import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { AgentClient, type AgentClientOptions } from '../client/agent-client.ts'

export interface ScriptedAgent {
  /** What each caller wrote until its answer was sent. */
  readonly requests: readonly string[]
  client(options?: Partial<AgentClientOptions>): AgentClient
  close(): Promise<void>
}

export type Answer = (socket: Socket, request: string, nth: number) => void

/**
 * A listener that answers a request, once its empty line has come, with bytes somebody wrote down: what the original was
 * seen to say, replayed.
 */
export async function startScriptedAgent(answer: string | Uint8Array | Answer): Promise<ScriptedAgent> {
  const requests: string[] = []
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    let text = ''
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('data', (part) => {
      text += part.toString('latin1')
      if (!text.endsWith('\n\n')) return
      requests.push(text)
      if (typeof answer === 'function') answer(socket, text, requests.length)
      else socket.end(answer)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    requests,
    client: (more = {}) =>
      new AgentClient({ address: { kind: 'tcp', host: '127.0.0.1', port: address.port }, ...more }),
    async close() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
