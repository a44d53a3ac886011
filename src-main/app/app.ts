import type { Router } from '@orpc/server'
import type { Client, contract } from '../../src-shared/contract/index.ts'
import type { SnapshotId } from '../../src-shared/model/ids.ts'
import type { Content } from './content.ts'
import type { JobServer } from './job-server/job-server.ts'
import type { RemoteServers } from './job-server/remote-servers.ts'
import type { Work, WorkWish } from './job-server/work-as-runner.ts'
import type { OfferedSnapshot } from './servers/running-server.ts'

/** The app without a window. Hosts carry `router` and `content` to whoever may use them. */
export interface App {
  /** For `RPCHandler` of a transport or `createRouterClient(app.router, { context: {} })`. */
  readonly router: AppRouter
  readonly content: Content
  /** For a command line that runs it in the foreground; the window switches it on through the contract. */
  readonly jobServer: JobServer
  /** For a server in the foreground that serves a snapshot. Holds keys. */
  offerSnapshot(id: SnapshotId): Promise<OfferedSnapshot>
  /** Job servers of other computers, for streams that do not go through the contract. */
  readonly remoteServers: () => Promise<RemoteServers>
  /** Makes this computer a runner of a job server that it knows; `client` is this app's. */
  workFor(wish: WorkWish, client: Client, signal: AbortSignal): Promise<Work>
  /** Marks what a crash left running as interrupted, starts the queue and, unless told otherwise, the scheduler. */
  start(): Promise<void>
  /** Stops running jobs (they can be retried), closes what is open. Ends within ten seconds. Harmless twice. */
  close(): Promise<void>
}

export type AppRouter = Router<typeof contract, Record<never, never>>
