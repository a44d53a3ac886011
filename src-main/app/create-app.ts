import type { Router } from '@orpc/server'
import type { contract } from '../../src-shared/contract/index.ts'
import type { Content } from './content.ts'
import type { Host } from './host.ts'

/** The app without a window. Hosts carry `router` and `content` to whoever may use them. */
export interface App {
  /** For `RPCHandler` of a transport or `createRouterClient(app.router, { context: {} })`. */
  readonly router: AppRouter
  readonly content: Content
  /** Marks what a crash left running as interrupted, starts the queue and, unless told otherwise, the scheduler. */
  start(): Promise<void>
  /** Stops running jobs (they can be retried), closes what is open. Ends within ten seconds. Harmless twice. */
  close(): Promise<void>
}

export type AppRouter = Router<typeof contract, Record<never, never>>

export interface AppOptions {
  /** False for the command line, which runs its own jobs beside an app whose scheduler is at work. */
  readonly scheduler?: boolean | undefined
  /** Runs jobs in this thread instead of one of their own: for tests that look inside. */
  readonly jobsInThread?: boolean | undefined
}

export type CreateApp = (host: Host, options?: AppOptions) => Promise<App>
