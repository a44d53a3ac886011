import { hostname } from 'node:os'
import { basename, resolve } from 'node:path'
import type { Command } from 'commander'
import type { Client } from '../../../../src-shared/contract/index.ts'
import { HoldfastError } from '../../../../src-shared/errors.ts'
import { backupIdOf } from '../../../../src-shared/model/backup-id.ts'
import { type Plan, planDraft } from '../../../../src-shared/model/plan.ts'
import { type Schedule, schedule } from '../../../../src-shared/model/schedule.ts'
import type { FileSystemSnapshot } from '../../../../src-shared/model/source.ts'
import { time } from '../format.ts'
import { timeOfDay, wholeNumber } from '../option-values.ts'
import { resolveRepository } from '../resolve.ts'
import { followJob } from '../run-job.ts'
import { type GlobalOptions, withSession } from '../session.ts'
import { fileSystemSnapshotOption } from './file-system-snapshot-option.ts'
import { jobServerSourceOf } from './job-server-choice.ts'
import { nothingNamed } from './nothing-named.ts'

interface AddFlags {
  readonly jobServer?: string
  readonly name?: string
  readonly repository: readonly string[]
  readonly exclude: readonly string[]
  readonly preset: readonly string[]
  readonly fileSystemSnapshot: FileSystemSnapshot
  readonly every?: number
  readonly daily?: string
  readonly cron?: string
}

/** Plans: what is backed up, where to and when. */
export function addPlanCommands(program: Command): void {
  const collect = (value: string, previous: readonly string[]) => [...previous, value]
  const plans = program.command('plan').description('plans: what, where, when, what to keep')

  plans
    .command('add')
    .description('make a plan; without a schedule it runs when told to')
    .argument('[path...]', 'folders to back up')
    .option('--name <name>', 'how it is called; the name of the first folder, or the server, when left out')
    .option('--job-server <name or host:port>', 'instead of folders: all that a known job server keeps')
    .option('-r, --repository <repository>', 'name or address; repeatable', collect, [])
    .option('--exclude <pattern>', 'leave out what matches; repeatable', collect, [])
    .option('--preset <preset>', 'ready-made excludes by id; repeatable', collect, [])
    .addOption(fileSystemSnapshotOption())
    .option('--every <minutes>', 'run every so many minutes, 5 at least', wholeNumber(5, 44_640))
    .option('--daily <HH:MM>', 'run every day at this time of this computer', timeOfDay)
    .option('--cron <expression>', 'run by a cron expression: minute, hour, day of month, month, day of week')
    .action((paths: string[], flags: AddFlags, command: Command) =>
      withSession(command.optsWithGlobals<GlobalOptions>(), async ({ client, output }) => {
        if (paths.length === 0 && flags.jobServer === undefined) throw nothingNamed()
        const names = flags.repository.length === 0 ? [undefined] : flags.repository
        const repositories = []
        for (const repository of names) repositories.push(await resolveRepository(client, repository))
        const name = flags.name ?? flags.jobServer ?? basename(resolve(paths[0] ?? '.'))
        const draft = planDraft.parse({
          name,
          source:
            flags.jobServer === undefined
              ? {
                  kind: 'folders',
                  paths: paths.map((path) => resolve(path)),
                  excludes: flags.exclude,
                  presets: flags.preset,
                  fileSystemSnapshot: flags.fileSystemSnapshot,
                }
              : await jobServerSourceOf(client, { server: flags.jobServer }),
          backupId: backupIdOf(hostname(), name),
          destinations: repositories.map(({ id }) => ({ repositoryId: id })),
          schedule: readSchedule(flags),
          conditions: {},
          options: {},
          retry: {},
          hooks: {},
          enabled: true,
        })
        const plan = await client.plans.save(draft)
        output.result(plan, `Plan ${plan.name} is ready: holdfast plan run "${plan.name}"`)
      }),
    )

  plans
    .command('list')
    .description('all plans, and when each runs next')
    .action((_flags: unknown, command: Command) =>
      withSession(command.optsWithGlobals<GlobalOptions>(), async ({ client, output }) => {
        output.table(
          await client.plans.list(),
          {
            name: ({ plan }) => plan.name,
            health: ({ health }) => health,
            'last good': ({ lastGoodAt }) => (lastGoodAt === undefined ? 'never' : time(lastGoodAt)),
            next: ({ nextRunAt }) => (nextRunAt === undefined ? 'by hand' : time(nextRunAt)),
          },
          'Nothing is protected yet. `holdfast plan add <folder>` makes a plan.',
        )
      }),
    )

  plans
    .command('run')
    .description('run a plan now, and follow it to its end')
    .argument('<plan>', 'name or id')
    .option('--dry-run', 'list and count, store nothing')
    .action((named: string, flags: { dryRun?: boolean }, command: Command) =>
      withSession(command.optsWithGlobals<GlobalOptions>(), async (session) => {
        const { id } = await resolvePlan(session.client, named)
        for (const job of await session.client.plans.run({ id, dryRun: flags.dryRun ?? false }))
          await followJob(session, job)
      }),
    )

  plans
    .command('remove')
    .description('forget a plan; its snapshots stay')
    .argument('<plan>', 'name or id')
    .action((named: string, _flags: unknown, command: Command) =>
      withSession(command.optsWithGlobals<GlobalOptions>(), async ({ client, output }) => {
        const plan = await resolvePlan(client, named)
        await client.plans.remove({ id: plan.id })
        output.result(plan, `Removed the plan ${plan.name}. Its snapshots stay.`)
      }),
    )
}

async function resolvePlan(client: Client, named: string): Promise<Plan> {
  const found = (await client.plans.list()).find(({ plan }) => plan.id === named || plan.name === named)
  if (!found) throw new HoldfastError('plan/unknown', { detail: named, hint: '`holdfast plan list` lists them.' })
  return found.plan
}

function readSchedule(flags: AddFlags): Schedule {
  const timeZone = Intl.DateTimeFormat().resolvedOptions().timeZone
  if (flags.every !== undefined) return schedule.parse({ kind: 'interval', everyMinutes: flags.every, timeZone })
  if (flags.daily !== undefined) return schedule.parse({ kind: 'daily', at: flags.daily, timeZone })
  if (flags.cron !== undefined) return schedule.parse({ kind: 'cron', expression: flags.cron, timeZone })
  return { kind: 'manual' }
}
