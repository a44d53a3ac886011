import { once } from 'node:events'
import { join } from 'node:path'
import type { Command } from 'commander'
import { serverConfig } from '../../../../src-shared/model/server.ts'
import { defaultDataDirectory } from '../../node/data-directory.ts'
import { type GlobalOptions, withSession } from '../session.ts'
import { listeningLines, readListen } from './run-hosting.ts'

/** The job server needs the app: its queue is the app's. So it runs inside a session, beside whatever else uses the data folder. */
export function addHostJobsCommand(host: Command): void {
  host
    .command('jobs')
    .description('the job server: backups of this and other machines, queued and watched over gRPC')
    .option('--listen <address:port>', 'where to listen', '127.0.0.1:9701')
    .option('--new-token', 'make a login token; the first start always does')
    .action((flags: { listen: string; newToken?: boolean }, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      const config = serverConfig.parse({ kind: 'jobs', listen: readListen(flags.listen) })
      const folder = join(options.data ?? defaultDataDirectory(), 'servers', config.kind)
      return withSession(options, async ({ app: { jobServer }, output, signal }) => {
        const server = await jobServer.start(
          { config, folder, secrets: {}, datastores: [] },
          { log: (_level, message) => output.note(message), connectionsChanged: () => {} },
        )
        try {
          const isFirst = !jobServer.desk
            .tokens()
            .some(({ kind, revokedAt }) => kind === 'login' && revokedAt === undefined)
          const token = isFirst || flags.newToken === true ? jobServer.desk.makeToken({ kind: 'login' }) : undefined
          const { listen, fingerprint } = server
          output.result(
            { kind: config.kind, ...listen, fingerprint, token },
            [...listeningLines(server), ...(token === undefined ? [] : [`Token, shown this once: ${token}`])].join(
              '\n',
            ),
          )
          if (!signal.aborted) await once(signal, 'abort')
        } finally {
          await server.close()
        }
      })
    })
}
