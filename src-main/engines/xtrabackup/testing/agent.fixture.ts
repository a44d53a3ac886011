import { connect } from 'node:net'
import type { AgentEvent, AgentOptions } from '../agent/agent-options.ts'
import { createXtrabackupAgent, type XtrabackupAgent } from '../agent/create-agent.ts'
import { AgentClient, type AgentClientOptions } from '../client/agent-client.ts'

export interface TestAgent {
  readonly agent: XtrabackupAgent
  readonly port: number
  readonly events: readonly AgentEvent[]
  client(options?: Partial<AgentClientOptions>): AgentClient
  /** Sends bytes as they are and returns all that comes until the agent closes. */
  raw(text: string): Promise<Buffer>
}

export async function startTestAgent(options: Partial<AgentOptions> = {}): Promise<TestAgent> {
  // Without a connection there is no server whose timeouts could be set.
  const keepsTimeouts = options.connection === undefined
  const agent = await createXtrabackupAgent({ connection: { user: 'nobody' }, keepsTimeouts, ...options })
  const events: AgentEvent[] = []
  agent.onEvent((event) => events.push(event))
  const { port } = await agent.listen({ host: '127.0.0.1', port: 0 })
  return {
    agent,
    port,
    events,
    client: (more = {}) => new AgentClient({ address: { kind: 'tcp', host: '127.0.0.1', port }, ...more }),
    raw: (text) => rawExchange(port, text),
  }
}

export function rawExchange(port: number, text: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(text))
    const parts: Buffer[] = []
    socket.on('data', (part) => parts.push(part))
    socket.on('error', reject)
    socket.on('close', () => resolve(Buffer.concat(parts)))
  })
}

/** A request as a caller of the original writes it. */
export function requestText(pairs: Readonly<Record<string, string>>, version = '0.76.1'): string {
  const lines = Object.entries(pairs).map(([key, value]) => `${key}=${value}\n`)
  return `${version}\n${lines.length}\n${lines.join('')}\n`
}
