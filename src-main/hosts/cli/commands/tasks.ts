import type { Command } from 'commander'
import { time } from '../format.ts'
import { resolveRepository } from '../resolve.ts'
import { type GlobalOptions, withSession } from '../session.ts'

interface Flags {
  readonly repository?: string
  readonly log?: string
  readonly stop?: string
}

/** What runs and ran on the server of a repository. */
export function addTaskCommand(program: Command): void {
  program
    .command('tasks')
    .description('what runs and ran on the server of a repository, the newest first')
    .option('-r, --repository <repository>', 'name or address')
    .option('--log <task>', 'print the log of this one, and follow it until it ends')
    .option('--stop <task>', 'ask this one to stop')
    .action((flags: Flags, command: Command) =>
      withSession(command.optsWithGlobals<GlobalOptions>(), async ({ client, output }) => {
        const { id: repositoryId } = await resolveRepository(client, flags.repository)
        if (flags.log !== undefined) {
          for await (const { lines } of await client.serverTasks.followLog({ repositoryId, id: flags.log }))
            output.result(lines, lines.join('\n'))
          return
        }
        if (flags.stop !== undefined) {
          await client.serverTasks.stop({ repositoryId, id: flags.stop })
          output.result({ stopped: flags.stop }, 'It was asked to stop.')
          return
        }
        output.table(
          await client.serverTasks.list({ repositoryId }),
          {
            task: ({ kind, about }) => `${kind} ${about}`,
            user: ({ user }) => user,
            started: ({ startedAt }) => time(startedAt),
            state: ({ endedAt, status }) => (endedAt === undefined ? 'running' : (status ?? '')),
            id: ({ id }) => id,
          },
          'No tasks yet.',
        )
      }),
    )
}
