import { createRouterClient } from '@orpc/server'
import type { Client } from '../../../src-shared/contract/index.ts'
import type { App } from '../../app/app.ts'
import { createApp } from '../../app/create-app.ts'
import { tuneAllocator } from '../../os/tune-allocator.ts'
import { defaultDataDirectory } from '../node/data-directory.ts'
import { createNodeHost } from '../node/node-host.ts'
import { openSealedSecrets } from '../node/sealed-secrets.ts'
import { Output } from './output.ts'

/** What a command works with: the app itself, in this process, over the same contract as the window. */
export interface Session {
  readonly client: Client
  readonly app: App
  readonly output: Output
  /** Aborted by the first Ctrl-C; a second one ends the process at once. */
  readonly signal: AbortSignal
}

export interface GlobalOptions {
  readonly json?: boolean
  readonly data?: string
}

/** Opens the app, runs the command, closes the app. Shares catalog and jobs with a window that is open at the same time. */
export async function withSession(options: GlobalOptions, command: (session: Session) => Promise<void>): Promise<void> {
  const interrupt = new AbortController()
  const onSignal = () => {
    if (interrupt.signal.aborted) process.exit(130)
    interrupt.abort()
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  // Timers of the app do not hold the process; a job that waits for another program's has nothing else that would.
  const alive = setInterval(() => {}, 60_000)
  const app = await openApp(options, { scheduler: false })
  try {
    await app.start()
    const client: Client = createRouterClient(app.router, { context: {} })
    await command({ client, app, output: new Output(options.json ?? false), signal: interrupt.signal })
  } finally {
    await app.close()
    clearInterval(alive)
    process.off('SIGINT', onSignal)
    process.off('SIGTERM', onSignal)
  }
}

export async function openApp(options: GlobalOptions, appOptions: { readonly scheduler: boolean }): Promise<App> {
  tuneAllocator()
  const dataDirectory = options.data ?? defaultDataDirectory()
  const secrets = await openSealedSecrets(dataDirectory, process.env.HOLDFAST_PASSPHRASE)
  return createApp(createNodeHost(dataDirectory, secrets), appOptions)
}
