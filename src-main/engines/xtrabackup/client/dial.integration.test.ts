import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { AgentClient } from './agent-client.ts'
import { dialAgent } from './dial.ts'

const signal = new AbortController().signal

test('an agent is reached through a program, as through ssh', async () => {
  const script = fileURLToPath(new URL('../testing/stdio-agent.fixture.ts', import.meta.url))
  const client = new AgentClient({ address: { kind: 'command', command: [process.execPath, script] } })
  expect(await Array.fromAsync(client.monitor({ newerThan: 0 }, signal))).toEqual([])
  await expect(client.open({ action: 'nothing', pairs: [] }, signal).then((open) => open.block())).rejects.toThrow(
    'knows no action',
  )
})

test('a program that is not there, and one that ends at once', async () => {
  for (const program of ['/nowhere/ssh', '/bin/false']) {
    const client = new AgentClient({ address: { kind: 'command', command: [program] } })
    await expect(Array.fromAsync(client.monitor({ newerThan: 0 }, signal))).rejects.toMatchObject({
      code: 'mysql/agent-unreachable',
    })
  }
})

test('25: in clear only to this computer, unless it is allowed', async () => {
  const tcp = { kind: 'tcp', host: '192.0.2.1', port: 25300 } as const
  await expect(dialAgent(tcp, signal)).rejects.toMatchObject({ code: 'mysql/agent-unreachable' })
  const cancelled = AbortSignal.abort(new Error('cancelled'))
  await expect(dialAgent({ ...tcp, allowClear: true }, cancelled)).rejects.toThrow('cancelled')
})
