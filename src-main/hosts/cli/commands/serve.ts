import { fileURLToPath } from 'node:url'
import type { Command } from 'commander'
import { serve } from '../../headless/server.ts'
import { readLoopback } from '../loopback-address.ts'
import { type GlobalOptions, openApp } from '../session.ts'

interface ServeFlags {
  readonly listen: string
  readonly pageOrigin?: string
}

/** The window in a browser: the same app, with its scheduler, on loopback. */
export function addServeCommand(program: Command): void {
  program
    .command('serve')
    .description('serve the window on loopback and run the schedule')
    .option('--listen <address:port>', 'loopback address; port 0 takes a free one', '127.0.0.1:0')
    .option('--page-origin <origin>', 'development: another origin that serves the page')
    .action(async (flags: ServeFlags, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      const { hostname, port } = readLoopback(flags.listen)
      const app = await openApp(options, { scheduler: true })
      await app.start()
      const pageDirectory = fileURLToPath(new URL('../../../../dist/renderer', import.meta.url))
      const served = await serve({ app, pageDirectory, hostname, port, pageOrigin: flags.pageOrigin })
      const address = served.address()
      process.stdout.write(
        options.json
          ? `${JSON.stringify({ address })}\n`
          : `Holdfast is at ${address}\nThe address works once, in one browser. Ctrl-C ends it.\n`,
      )
      await new Promise<void>((resolve) => {
        process.once('SIGINT', resolve)
        process.once('SIGTERM', resolve)
      })
      await served.close()
      await app.close()
    })
}
