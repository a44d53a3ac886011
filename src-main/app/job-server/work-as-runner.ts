import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Client } from '../../../src-shared/contract/index.ts'
import type { SecretId } from '../../../src-shared/model/ids.ts'
import type { RunnerWish } from '../../../src-shared/model/known-job-server.ts'
import { createRunner } from '../../engines/vagrant/runner/create-runner.ts'
import { callFailure } from '../../sources/job-server/server-connection.ts'
import type { RemoteServers } from './remote-servers.ts'
import { createRunnerOperations } from './runner-operations.ts'

export interface WorkWish extends RunnerWish {
  readonly serverId: SecretId
}

export interface Work {
  /** Rejects with what the server refuses for good, when jobs in hand have ended; waits through everything else. */
  readonly failed: Promise<never>
  /** Whether the server knows this runner right now. */
  readonly isConnected: boolean
  /** Takes nothing more, lets jobs in hand end, signs off. */
  close(): Promise<void>
}

/** Makes this computer a runner of a job server it knows. Throws `job-server/…` when it cannot be reached to begin with. */
export async function workAsRunner(
  parts: { readonly servers: RemoteServers; readonly client: Client; readonly dataDirectory: string },
  { serverId, runnerId, byIdOnly, parallel }: WorkWish,
  signal: AbortSignal,
): Promise<Work> {
  const connection = await parts.servers.connect(serverId, signal)
  // Jobs with data of their own clone it elsewhere; this is where those without work.
  const localFolder = join(parts.dataDirectory, 'runner')
  mkdirSync(localFolder, { recursive: true, mode: 0o700 })
  const runner = createRunner({
    client: connection.client,
    operations: createRunnerOperations(parts.client),
    id: runnerId,
    byIdOnly,
    localFolder,
  })
  const failed = runner.work(parallel).then(
    () => new Promise<never>(() => {}),
    async (error: unknown) => {
      // A revoked token, for one: what is in hand still ends, and is told.
      await runner.close()
      throw callFailure(error)
    },
  )
  failed.catch(() => undefined) // heard by whoever waits for it
  return {
    failed,
    get isConnected() {
      return runner.isRegistered
    },
    async close() {
      await runner.close()
      connection.close()
    },
  }
}
