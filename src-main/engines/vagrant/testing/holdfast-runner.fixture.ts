import { onTestFinished } from 'vitest'
import { connectVagrant, type VagrantConnection } from '../client/connect-vagrant.ts'
import { createRunner, type Runner, type RunnerOptions } from '../runner/create-runner.ts'
import type { RunnerOperations } from '../runner/operations.ts'
import { eventually, never, temporaryFolder } from './server.fixture.ts'

/** Says what it was asked, and does nothing. */
export const quietOperations: RunnerOperations = {
  init: async () => ({ actions: [{ name: 'action', source: 'source' }], commands: [{ name: 'backup' }] }),
  command: async ({ command }, { terminal }) => {
    await terminal.line(`ran ${command}`)
    return { runResult: true }
  },
  auth: async () => ({ results: [{ component: { name: 'c' }, checkResult: true, authSupported: true }] }),
  docs: async () => ({ results: [{ component: { name: 'c' }, docs: { description: 'd' } }] }),
}

export async function connectTo(port: number, token?: string): Promise<VagrantConnection> {
  const connection = await connectVagrant({ address: `127.0.0.1:${port}`, token }, never())
  onTestFinished(() => connection.close())
  return connection
}

/** A runner of ours, registered at the server on this port. */
export async function startRunner(port: number, options: Partial<RunnerOptions> = {}): Promise<Runner> {
  const { client } = await connectTo(port)
  const runner = createRunner({
    client,
    operations: quietOperations,
    localFolder: await temporaryFolder(),
    heartbeatMs: 20,
    backoffMs: [5, 50],
    ...options,
  })
  onTestFinished(() => runner.close())
  await eventually(() => runner.isRegistered)
  return runner
}
