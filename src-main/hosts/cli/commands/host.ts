import { resolve } from 'node:path'
import type { Command } from 'commander'
import { HoldfastError } from '../../../../src-shared/errors.ts'
import { couchbasePasswordName, serverConfig } from '../../../../src-shared/model/server.ts'
import type { OfferedDatastore, OfferedSnapshot } from '../../../app/servers/running-server.ts'
import { wholeNumber } from '../option-values.ts'
import { resolveSnapshot, snapshotText } from '../resolve.ts'
import { type GlobalOptions, withSession } from '../session.ts'
import { addHostCasyncCommand } from './host-casync.ts'
import { addHostJobsCommand } from './host-jobs.ts'
import { addHostXtrabackupAgentCommand } from './host-xtrabackup-agent.ts'
import { readListen, runHosting } from './run-hosting.ts'

interface HostCouchbaseFlags {
  readonly folder?: string
  readonly snapshot?: string
  readonly bucket: string
  readonly user: string
  readonly account: readonly string[]
  readonly vbuckets: number
  readonly listen: string
  readonly tls?: boolean
  readonly certificate?: string
  readonly certificateKey?: string
  readonly clientAuthority?: string
}

/** Being the server of a protocol, in the foreground, until Ctrl-C. What the Services screen switches on is another matter. */
export function addHostCommands(program: Command): void {
  const host = program.command('host').description('be the server of a protocol until Ctrl-C')
  host.enablePositionalOptions()
  addHostCasyncCommand(host)
  addHostCouchbaseCommand(host)
  addHostXtrabackupAgentCommand(host)
  addHostJobsCommand(host)
  const collect = (value: string, previous: readonly string[] = []) => [...previous, value]

  host
    .command('pbs')
    .description('a Proxmox Backup Server; accounts come from `holdfast account`')
    .requiredOption('--datastore <name=folder>', 'a local repository to offer; repeatable', collect)
    .option('--listen <address:port>', 'where to listen', '127.0.0.1:8007')
    .action((flags: { datastore: readonly string[]; listen: string }, command: Command) =>
      runHosting(command, {
        config: serverConfig.parse({ kind: 'pbs', listen: readListen(flags.listen) }),
        datastores: flags.datastore.map(readOffer),
      }),
    )
}

/** The password comes from the environment: nobody reads it in a list of processes. */
function addHostCouchbaseCommand(host: Command): void {
  host
    .command('couchbase')
    .description(
      'a node of a Couchbase bucket, for backups and restores by pull; password in HOLDFAST_ACCOUNT_PASSWORD',
    )
    .option('--folder <folder>', 'a restored bucket, or the data folder of a node')
    .option('--snapshot <snapshot>', `a bucket out of a repository instead: ${snapshotText}`)
    .requiredOption('--bucket <name>', 'the bucket it is served as')
    .option('--user <name>', 'who may log in', 'Administrator')
    .option(
      '--account <name=privileges>',
      'another one: Administrator, Stats, SystemSettings, with commas; password in HOLDFAST_ACCOUNT_PASSWORD_NAME; repeatable',
      (value: string, previous: readonly string[]) => [...previous, value],
      [],
    )
    .option('--vbuckets <count>', 'of a data folder: how many vbuckets the bucket has', wholeNumber(1, 65_536), 1024)
    .option('--listen <address:port>', 'where to listen', '127.0.0.1:11210')
    .option('--tls', 'TLS on this computer’s own addresses too')
    .option('--certificate <file>', 'PEM; without it, one is made at the first start')
    .option('--certificate-key <file>', 'its key (PEM)')
    .option('--client-authority <file>', 'clients log in by certificates of this authority (PEM)')
    .action(async (flags: HostCouchbaseFlags, command: Command) => {
      if ((flags.folder === undefined) === (flags.snapshot === undefined)) {
        throw new HoldfastError('input/invalid', { detail: 'Which bucket?', hint: 'Add --folder or --snapshot.' })
      }
      const accounts = flags.account.map(readAccount)
      return runHosting(command, {
        config: serverConfig.parse({
          kind: 'couchbase',
          listen: readListen(flags.listen),
          ...(flags.folder === undefined ? {} : { folder: resolve(flags.folder) }),
          bucket: flags.bucket,
          user: flags.user,
          moreUsers: accounts,
          vbucketCount: flags.vbuckets,
          isAlwaysSecure: flags.tls ?? false,
          ...(flags.certificate === undefined ? {} : { certificatePath: resolve(flags.certificate) }),
          ...(flags.certificateKey === undefined ? {} : { keyPath: resolve(flags.certificateKey) }),
          ...(flags.clientAuthority === undefined ? {} : { clientAuthorityPath: resolve(flags.clientAuthority) }),
        }),
        secrets: accountSecrets(accounts.map(({ name }) => name)),
        snapshot: flags.snapshot === undefined ? undefined : await offerSnapshot(command, flags.snapshot),
      })
    })
}

/** With what opens its repository: from then on the app itself is not needed. */
async function offerSnapshot(command: Command, named: string): Promise<OfferedSnapshot | undefined> {
  let offered: OfferedSnapshot | undefined
  await withSession(command.optsWithGlobals<GlobalOptions>(), async ({ client, app }) => {
    offered = await app.offerSnapshot((await resolveSnapshot(client, named)).id)
  })
  return offered
}

function readAccount(text: string): { readonly name: string; readonly privileges: readonly string[] } {
  const at = text.lastIndexOf('=')
  if (at < 1) {
    throw new HoldfastError('input/invalid', { detail: text, hint: 'Give a name and privileges: viewer=Stats.' })
  }
  return { name: text.slice(0, at), privileges: text.slice(at + 1).split(',') }
}

/** Passwords from the environment, by the names that the server knows them under. */
function accountSecrets(names: readonly string[]): Readonly<Record<string, string>> {
  const variable = 'HOLDFAST_ACCOUNT_PASSWORD'
  const found = [
    ['password', process.env[variable]] as const,
    ...names.map(
      (name) =>
        [
          couchbasePasswordName(name),
          process.env[`${variable}_${name.toUpperCase().replace(/[^A-Z0-9]/g, '_')}`],
        ] as const,
    ),
  ]
  return Object.fromEntries(found.flatMap(([name, text]) => (text === undefined ? [] : [[name, text]])))
}

function readOffer(text: string): OfferedDatastore {
  const at = text.indexOf('=')
  if (at < 1)
    throw new HoldfastError('input/invalid', { detail: text, hint: 'Give a name and a folder: main=/backup.' })
  return { name: text.slice(0, at), path: resolve(text.slice(at + 1)) }
}
