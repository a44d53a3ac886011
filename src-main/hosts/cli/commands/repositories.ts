import type { Command } from 'commander'
import type { Retention } from '../../../../src-shared/model/retention.ts'
import { retention } from '../../../../src-shared/model/retention.ts'
import { bytes, count } from '../format.ts'
import { wholeNumber } from '../option-values.ts'
import { resolveRepository, resolveSnapshot, snapshotText } from '../resolve.ts'
import { followJob } from '../run-job.ts'
import { type GlobalOptions, type Session, withSession } from '../session.ts'
import { credentialsOf, nameOf, namespaceOf, wholeAddress } from '../typed-address.ts'

const keepRules = ['last', 'hourly', 'daily', 'weekly', 'monthly', 'yearly'] as const

interface RepositoryFlags {
  readonly repository?: string
}

/** Keeping repositories: creating, listing, checking, thinning out. */
export function addRepositoryCommands(program: Command): void {
  const run = (command: Command, work: (session: Session) => Promise<void>) =>
    withSession(command.optsWithGlobals<GlobalOptions>(), work)

  program
    .command('init')
    .description(
      'create a repository, or add one of a server; the password comes from PBS_PASSWORD, the keys to a bucket from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
    )
    .argument('<address>', 'a folder, user@realm@host:datastore, or s3://bucket/prefix?endpoint=https://host:9000')
    .option(
      '--fingerprint <sha256>',
      'of the certificate that the server shows (of a Proxmox Backup Server also PBS_FINGERPRINT)',
    )
    .option('--name <name>', 'how it is called')
    .option('--ns <namespace>', 'where new backups go on a server, unless they say otherwise (also PBS_NAMESPACE)')
    .action((address: string, flags: { name?: string; fingerprint?: string; ns?: string }, command: Command) =>
      run(command, async ({ client, output }) => {
        const whole = wholeAddress(address)
        const namespace = flags.ns ?? namespaceOf(whole)
        const repository = await client.repositories.add({
          address: whole,
          name: flags.name ?? nameOf(whole),
          create: true,
          ...credentialsOf(whole),
          ...(flags.fingerprint === undefined ? {} : { fingerprint: flags.fingerprint }),
          ...(namespace ? { namespace } : {}),
        })
        output.result(repository, `${repository.name} is at ${repository.address}.`)
      }),
    )

  program
    .command('repositories')
    .description('list repositories')
    .action((_flags: unknown, command: Command) =>
      run(command, async ({ client, output }) => {
        output.table(
          await client.repositories.list(),
          {
            name: ({ repository }) => repository.name,
            address: ({ repository }) => repository.address,
            snapshots: ({ snapshots }) => count(snapshots),
            // Nobody knows how much more a bucket holds.
            free: ({ usage }) => (usage && usage.totalBytes > 0 ? bytes(usage.availableBytes) : ''),
            state: ({ error, reachable }) => error?.message ?? (reachable === false ? 'not reachable' : 'good'),
          },
          'No repositories yet. `holdfast init <folder>` creates one; `holdfast backup <folder>` makes the default one.',
        )
      }),
    )

  program
    .command('verify')
    .description('read back every stored block and check it')
    .argument('[snapshot]', 'only this one')
    .option('-r, --repository <repository>', 'name or address')
    .option('--skip-verified <days>', 'skip snapshots verified well within so many days', wholeNumber(0, 36_500))
    .action((named: string | undefined, flags: RepositoryFlags & { skipVerified?: number }, command: Command) =>
      run(command, async (session) => {
        const { client } = session
        const job =
          named === undefined
            ? await client.repositories.verify({
                id: (await resolveRepository(client, flags.repository)).id,
                ...(flags.skipVerified === undefined ? {} : { skipVerifiedWithinDays: flags.skipVerified }),
              })
            : await client.snapshots.verify({ id: (await resolveSnapshot(client, named)).id })
        await followJob(session, job)
      }),
    )

  const prune = program
    .command('prune')
    .description('remove snapshots that no rule keeps; the space is freed by gc')
    .option('-r, --repository <repository>', 'name or address')
    .option('--ns <namespace>', 'namespace in the repository')
    .option('--id <name>', 'only this backup id')
    .option('--dry-run', 'list what would go, remove nothing')
  for (const rule of keepRules)
    prune.option(
      `--keep-${rule} <number>`,
      `keep so many ${rule === 'last' ? 'newest' : rule} ones`,
      wholeNumber(1, 10_000),
    )
  prune.action(
    (
      flags: RepositoryFlags & { ns?: string; id?: string; dryRun?: boolean } & Record<string, unknown>,
      command: Command,
    ) =>
      run(command, async (session) => {
        const { client } = session
        const repository = await resolveRepository(client, flags.repository)
        const job = await client.jobs.start({
          trigger: 'command-line',
          spec: {
            kind: 'prune',
            repositoryId: repository.id,
            namespace: flags.ns ?? repository.namespace ?? '',
            ...(flags.id === undefined ? {} : { backupId: flags.id }),
            retention: readRetention(flags),
            dryRun: flags.dryRun ?? false,
          },
        })
        await followJob(session, job)
      }),
  )

  program
    .command('gc')
    .description('remove blocks that no snapshot needs')
    .option('-r, --repository <repository>', 'name or address')
    .action((flags: RepositoryFlags, command: Command) =>
      run(command, async (session) => {
        const { id } = await resolveRepository(session.client, flags.repository)
        await followJob(session, await session.client.repositories.collectGarbage({ id }))
      }),
    )

  program
    .command('forget')
    .description('remove snapshots')
    .argument('<snapshot...>', snapshotText)
    .action((named: string[], _flags: unknown, command: Command) =>
      run(command, async (session) => {
        const snapshots = await Promise.all(named.map((name) => resolveSnapshot(session.client, name)))
        for (const job of await session.client.snapshots.forget({ ids: snapshots.map(({ id }) => id) }))
          await followJob(session, job)
      }),
    )

  program
    .command('protect')
    .description('keep a snapshot from prune and forget')
    .argument('<snapshot>', snapshotText)
    .option('--off', 'take the protection away')
    .action((named: string, flags: { off?: boolean }, command: Command) =>
      run(command, async ({ client, output }) => {
        const { id } = await resolveSnapshot(client, named)
        const snapshot = await client.snapshots.protect({ id, protected: !flags.off })
        output.result(snapshot, snapshot.protected ? 'Protected.' : 'No longer protected.')
      }),
    )

  program
    .command('catalog')
    .description('the index of snapshots and files on this computer')
    .command('rebuild')
    .description('read it again from every repository')
    .action((_flags: unknown, command: Command) =>
      run(command, async (session) => {
        for (const job of await session.client.app.rebuildCatalog()) await followJob(session, job)
      }),
    )
}

function readRetention(flags: Record<string, unknown>): Retention {
  const read = (rule: string) => flags[`keep${rule[0]?.toUpperCase()}${rule.slice(1)}`]
  return retention.parse(
    Object.fromEntries(
      keepRules
        .map((rule) => [rule, read(rule)])
        .flatMap(([rule, value]) => (value === undefined ? [] : [[rule, value]])),
    ),
  )
}
