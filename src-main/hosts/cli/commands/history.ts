import { createInterface } from 'node:readline/promises'
import type { Command } from 'commander'
import type { Client } from '../../../../src-shared/contract/index.ts'
import { HoldfastError } from '../../../../src-shared/errors.ts'
import { displayPath } from '../../../../src-shared/model/path-text.ts'
import type { Repository } from '../../../../src-shared/model/repository.ts'
import type { Lineage } from '../../../../src-shared/model/snapshot.ts'
import { bytes, count } from '../format.ts'
import { resolvePath, resolveRepository } from '../resolve.ts'
import { followJob } from '../run-job.ts'
import { type GlobalOptions, type Session, withSession } from '../session.ts'

interface RemoveFlags {
  readonly plan?: string
  readonly group?: string
  readonly dryRun?: boolean
  readonly protected?: boolean
  readonly exclude?: boolean
  readonly yes?: boolean
}

/** What concerns every snapshot of a source at once. */
export function addHistoryCommands(program: Command): void {
  const history = program.command('history').description('files and folders in all snapshots at once')
  history
    .command('remove')
    .description('take files or folders out of every snapshot, as if they had never been backed up')
    .argument('<repository>', 'name or address')
    .argument('<path...>', 'inside the snapshots, such as Documents/keys/secret.pem')
    .option('--plan <plan>', 'only snapshots of this plan')
    .option('--group <group>', 'only snapshots of this group, such as host/desk or team:host/desk')
    .option('--dry-run', 'only list what would be changed')
    .option('--protected', 'change protected snapshots too')
    .option('--exclude', 'leave the paths out of the plan from now on')
    .option('--yes', 'do not ask')
    .addHelpText(
      'after',
      '\nIt cannot be undone. Space comes back with a garbage collection a day later or after: holdfast gc.',
    )
    .action((named: string, typed: string[], flags: RemoveFlags, command: Command) =>
      withSession(command.optsWithGlobals<GlobalOptions>(), (session) => remove(session, named, { typed, flags })),
    )
}

async function remove(
  session: Session,
  named: string,
  { typed, flags }: { readonly typed: readonly string[]; readonly flags: RemoveFlags },
): Promise<void> {
  const { client } = session
  const repository = await resolveRepository(client, named)
  const lineages = await resolveLineages(client, repository, flags)
  const paths = await resolvePaths(client, lineages, typed)
  const wish = {
    repositoryId: repository.id,
    lineageIds: lineages.map(({ id }) => id),
    paths: [...paths],
    includeProtected: flags.protected ?? false,
    dryRun: flags.dryRun ?? false,
    excludeFromPlans: flags.exclude ?? false,
  }
  if (!wish.dryRun && flags.yes !== true) await ask(session, lineages, paths)
  await followJob(session, await client.history.remove(wish))
}

async function resolveLineages(
  client: Client,
  repository: Repository,
  { plan, group }: RemoveFlags,
): Promise<readonly Lineage[]> {
  const all = (await client.snapshots.lineages()).filter(({ repositoryId }) => repositoryId === repository.id)
  const planId = plan === undefined ? undefined : await planIdOf(client, plan)
  const found = all.filter(
    (lineage) =>
      (plan === undefined || lineage.planId === planId) && (group === undefined || nameOf(lineage) === group),
  )
  if (found.length > 0) return found
  throw new HoldfastError('snapshot/unknown', {
    detail: group ?? plan ?? repository.name,
    hint: '`holdfast snapshots` lists what is known; a repository that was just added is read first.',
  })
}

async function planIdOf(client: Client, named: string) {
  const found = (await client.plans.list()).find(({ plan }) => plan.id === named || plan.name === named)
  if (found === undefined) throw new HoldfastError('plan/unknown', { detail: named })
  return found.plan.id
}

function nameOf({ namespace, type, backupId }: Lineage): string {
  return `${namespace === '' ? '' : `${namespace}:`}${type}/${backupId}`
}

/** The name of the only archive may be left out, as with other commands. */
async function resolvePaths(
  client: Client,
  lineages: readonly Lineage[],
  typed: readonly string[],
): Promise<ReadonlySet<string>> {
  const paths = new Set<string>()
  for (const { id } of lineages) {
    const [newest] = await client.snapshots.list({ lineageId: id, limit: 1 })
    if (newest !== undefined) for (const each of typed) paths.add(await resolvePath(client, newest, each))
  }
  return paths
}

/** Throws `input/invalid` where nobody can be asked. */
async function ask({ client, output, signal }: Session, lineages: readonly Lineage[], paths: ReadonlySet<string>) {
  for (const lineage of lineages) {
    const preview = await client.history.preview({ lineageId: lineage.id, paths: [...paths] })
    const unread = preview.unreadSnapshots === 0 ? '' : ` ${count(preview.unreadSnapshots)} more are looked into.`
    output.note(
      `${nameOf(lineage)}: ${count(preview.snapshots)} snapshots hold it, ${count(preview.protectedSnapshots)} of them protected; ${count(preview.versions)} versions with ${bytes(preview.bytes)}.${unread}`,
    )
  }
  if (!process.stdin.isTTY || output.isJson) {
    throw new HoldfastError('input/invalid', {
      detail: 'Removing from all snapshots cannot be undone.',
      hint: 'See what would change with --dry-run, then say --yes.',
    })
  }
  const names = [...paths].map(displayPath).join(', ')
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  try {
    const answer = await terminal.question(`Remove ${names} from all of them for good? Type yes: `, { signal })
    if (answer.trim() !== 'yes') throw new HoldfastError('job/cancelled', { detail: 'Nothing was changed.' })
  } finally {
    terminal.close()
  }
}
