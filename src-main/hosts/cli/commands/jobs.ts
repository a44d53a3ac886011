import { type Command, Option } from 'commander'
import type { z } from 'zod'
import { HoldfastError } from '../../../../src-shared/errors.ts'
import { type JobId, jobId } from '../../../../src-shared/model/ids.ts'
import { logLevel } from '../../../../src-shared/model/job.ts'
import { time } from '../format.ts'
import { wholeNumber } from '../option-values.ts'
import { followJob } from '../run-job.ts'
import { type GlobalOptions, withSession } from '../session.ts'

const idText = 'as `holdfast job list` prints it'

/** Looking at the queue, which window and command line share. */
export function addJobCommands(program: Command): void {
  const jobs = program.command('job').description('jobs: what runs, waits and has ended')

  jobs
    .command('list')
    .description('newest first')
    .option('--limit <number>', 'how many', wholeNumber(1, 500), 50)
    .action((flags: { limit: number }, command: Command) =>
      withSession(command.optsWithGlobals<GlobalOptions>(), async ({ client, output }) => {
        const rows = await client.jobs.list({ limit: flags.limit })
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
    .description('all that is known of a job, as JSON')
    .argument('<id>', idText)
    .action((id: string, _flags: unknown, command: Command) =>
      withSession(command.optsWithGlobals<GlobalOptions>(), async ({ client, output }) => {
        const job = await client.jobs.get({ id: readJobId(id) })
        output.result(job, JSON.stringify(job, undefined, 2))
      }),
    )

  jobs
    .command('cancel')
    .description('end a job that runs or waits, also one of the window; what was stored stays')
    .argument('<id>', idText)
    .action((id: string, _flags: unknown, command: Command) =>
      withSession(command.optsWithGlobals<GlobalOptions>(), async ({ client, output }) => {
        await client.jobs.cancel({ id: readJobId(id) })
        output.result({ id }, 'Asked it to end.')
      }),
    )

  jobs
    .command('retry')
    .description('run a job that failed once more')
    .argument('<id>', idText)
    .action((id: string, _flags: unknown, command: Command) =>
      withSession(command.optsWithGlobals<GlobalOptions>(), async (session) => {
        await followJob(session, await session.client.jobs.retry({ id: readJobId(id) }))
      }),
    )

  jobs
    .command('logs')
    .description('what a job wrote down, the oldest first')
    .argument('<id>', idText)
    .addOption(new Option('--level <level>', 'this and what is graver').choices(logLevel.options).default('debug'))
    .action((id: string, { level }: { level: z.infer<typeof logLevel> }, command: Command) =>
      withSession(command.optsWithGlobals<GlobalOptions>(), async ({ client, output }) => {
        let afterId = 0
        for (;;) {
          const { lines } = await client.jobs.log({ id: readJobId(id), level, afterId, limit: 1000 })
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

function readJobId(text: string): JobId {
  const { data } = jobId.safeParse(text)
  if (data === undefined) throw new HoldfastError('job/unknown', { detail: text })
  return data
}
