import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import { type Connection, connect } from './raw-client.fixture.ts'
import { ROOT_TOKEN, target, testToken, testUser, tokenHeader } from './server.fixture.ts'

export interface ServerProcess {
  readonly port: number
  /** The most memory it has had since its start. */
  peakMiB(): Promise<number>
  connect(kind: 'backup' | 'reader', query: Readonly<Record<string, string | number | boolean>>): Promise<Connection>
}

/** Starts a server in a process of its own; it ends with the test. */
export async function startServerProcess(): Promise<ServerProcess> {
  const folder = await mkdtemp(path.join(tmpdir(), 'pbs-server-process-'))
  const storePath = path.join(folder, 'store')
  const access = {
    users: [await testUser('root@pam')],
    tokens: [await testToken(ROOT_TOKEN)],
    acl: [{ path: '/', authId: ROOT_TOKEN, role: 'Admin' }],
  }
  const script = fileURLToPath(new URL('./server-process.ts', import.meta.url))
  const child = spawn(process.execPath, [script, storePath, JSON.stringify(access)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  onTestFinished(async () => {
    const ended = once(child, 'exit')
    child.stdin.end()
    await ended
    await rm(folder, { recursive: true, force: true })
  })
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  const read = async () => JSON.parse((await lines.next()).value ?? '') as { port: number; peakMiB: number }
  const { port } = await read()
  return {
    port,
    async peakMiB() {
      child.stdin.write('peak\n')
      return (await read()).peakMiB
    },
    connect: (kind, query) => connect(port, kind, { headers: tokenHeader(ROOT_TOKEN), query: { ...target, ...query } }),
  }
}
