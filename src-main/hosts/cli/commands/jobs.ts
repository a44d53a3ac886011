import type { Command } from 'commander'
import { jobId } from '../../../../src-shared/model/ids.ts'
import { time } from '../format.ts'
import { followJob } from '../run-job.ts'
import { type GlobalOptions, withSession } from '../session.ts'

/** Looking at the queue, which window and command line share. */
export function addJobCommands(program: Command): void {
  const jobs = program.command('job').description('jobs: what runs, waits and has ended')

  jobs
    .command('list')
    .description('newest first')
    .option('--limit <number>', 'how many', '50')
    .action((flags: { limit: string }, command: Command) =>
      withSession(command.optsWithGlobals<GlobalOptions>(), async ({ client, output }) => {
        const rows = await client.jobs.list({
          limit: Math.min(500, Math.max(1, Number.parseInt(flags.limit, 10) || 50)),
        })
        output.table(
          rows,
          {
            id: ({ id }) => id,
            queued: ({ queuedAt }) => time(queuedAt),
            state: ({ status, warnings }) =>
              status.state === 'error'
                ? status.error.code
                : status.state === 'success' && warnings > 0
                  ? `success, ${warnings} warnings`
                  : status.state,
            title: ({ title }) => title,
          },
          'No jobs yet.',
        )
      }),
    )

  jobs
    .command('show')
    .argument('<id>')
    .action((id: string, _flags: unknown, command: Command) =>
      withSession(command.optsWithGlobals<GlobalOptions>(), async ({ client, output }) => {
        const job = await client.jobs.get({ id: jobId.parse(id) })
        output.result(job, JSON.stringify(job, undefined, 2))
      }),
    )

  jobs
    .command('cancel')
    .argument('<id>')
    .action((id: string, _flags: unknown, command: Command) =>
      withSession(command.optsWithGlobals<GlobalOptions>(), ({ client }) =>
        client.jobs.cancel({ id: jobId.parse(id) }),
      ),
    )

  jobs
    .command('retry')
    .argument('<id>')
    .action((id: string, _flags: unknown, command: Command) =>
      withSession(command.optsWithGlobals<GlobalOptions>(), async (session) => {
        await followJob(session, await session.client.jobs.retry({ id: jobId.parse(id) }))
      }),
    )

  jobs
    .command('logs')
    .argument('<id>')
    .option('--level <level>', 'debug, info, warn or error', 'debug')
    .action((id: string, flags: { level: string }, command: Command) =>
      withSession(command.optsWithGlobals<GlobalOptions>(), async ({ client, output }) => {
        const level =
          flags.level === 'info' || flags.level === 'warn' || flags.level === 'error' ? flags.level : 'debug'
        let afterId = 0
        for (;;) {
          const { lines } = await client.jobs.log({ id: jobId.parse(id), level, afterId, limit: 1000 })
          for (const line of lines)
            output.result(
              line,
              `${time(line.at)}  ${line.level.padEnd(5)}  ${line.message}${line.path ? `  ${line.path}` : ''}`,
            )
          const last = lines.at(-1)
          if (!last) return
          afterId = last.id
        }
      }),
    )
}
