import { hostname } from 'node:os'
import { basename, resolve } from 'node:path'
import { type Command, Option } from 'commander'
import type { Client } from '../../../../src-shared/contract/index.ts'
import { HoldfastError } from '../../../../src-shared/errors.ts'
import type { KeyId, SecretId } from '../../../../src-shared/model/ids.ts'
import { backupId, backupOptions, detectionMode } from '../../../../src-shared/model/plan.ts'
import { type FileSystemSnapshot, type PlanSource, planSource } from '../../../../src-shared/model/source.ts'
import { readSecret } from '../../../engines/pbs/client/address/secret-source.ts'
import { readKeyText } from '../read-key-text.ts'
import { resolveRepository } from '../resolve.ts'
import { followJob } from '../run-job.ts'
import { type GlobalOptions, withSession } from '../session.ts'
import { addCouchbaseOptions, type CouchbaseFlags, couchbaseSecretsOf, couchbaseSourceOf } from './couchbase-flags.ts'
import { fileSystemSnapshotOption } from './file-system-snapshot-option.ts'
import { jobServerSourceOf } from './job-server-choice.ts'
import { addMysqlOptions, type MysqlFlags, mysqlSecretsOf, mysqlSourceOf } from './mysql-flags.ts'
import { nothingNamed } from './nothing-named.ts'
import { keepSourceSecret } from './source-secret.ts'

interface BackupFlags extends Partial<CouchbaseFlags>, Partial<MysqlFlags> {
  readonly repository?: string
  readonly id?: string
  readonly ns?: string
  readonly exclude: readonly string[]
  readonly preset: readonly string[]
  readonly key?: string
  readonly cryptMode?: string
  readonly mode: string
  readonly image?: boolean
  readonly jobServer?: string
  readonly allFileSystems?: boolean
  readonly fileSystemSnapshot: FileSystemSnapshot
  readonly dryRun?: boolean
}

export function addBackupCommand(program: Command): void {
  const collect = (value: string, previous: readonly string[]) => [...previous, value]
  const command = program
    .command('backup')
    .description(
      'back up folders, disks, databases or job servers; with nothing configured, into the default local repository',
    )
    .argument('[path...]', 'folders to back up, or with --image disks')
    .option('-r, --repository <repository>', 'name or address')
    .option('--id <name>', 'backup id', hostname().replace(/[^A-Za-z0-9._-]/g, '-'))
    .option('--ns <namespace>', 'namespace in the repository')
    .option('--exclude <pattern>', 'leave out what matches; repeatable', collect, [])
    .option('--preset <preset>', 'ready-made excludes by id; repeatable', collect, [])
    .option('--key <file>', 'encrypt with this key file')
    .addOption(
      new Option('--crypt-mode <mode>', 'with a key: encrypt, or sign-only (the data lies open, changes show)').choices(
        backupOptions.shape.cryptMode.unwrap().options,
      ),
    )
    .addOption(
      new Option('--mode <mode>', 'metadata (unchanged files are not read), data (all are read) or legacy (pxar v1)')
        .choices(detectionMode.options)
        .default('metadata'),
    )
    .option('--image', 'the paths are disks or images of disks, not folders')
    .option('--all-file-systems', 'enter other file systems mounted below')
    .addOption(fileSystemSnapshotOption())
    .option('--dry-run', 'list and count, store nothing')
    .option(
      '--job-server <name or host:port>',
      'all that a job server keeps; its token in HOLDFAST_JOB_TOKEN where it is not known yet',
    )
    .option('--user <name>', 'of a database: who logs in')
    .option('--fingerprint <sha256>', 'of a database or job server: the one certificate that is accepted')
  addCouchbaseOptions(command)
  addMysqlOptions(command)
  command.action((paths: string[], flags: BackupFlags, command: Command) =>
    withSession(command.optsWithGlobals<GlobalOptions>(), async (session) => {
      const repository = await resolveRepository(session.client, flags.repository)
      const keyId = flags.key === undefined ? repository.keyId : await importKey(session.client, flags.key)
      const job = await session.client.jobs.start({
        trigger: 'command-line',
        spec: {
          kind: 'backup',
          source: await sourceOf(session.client, paths, flags),
          repositoryId: repository.id,
          namespace: flags.ns ?? repository.namespace ?? '',
          backupId: backupId.parse(flags.id),
          options: backupOptions.parse({
            mode: flags.mode,
            cryptMode: cryptModeOf(flags, keyId),
            ...(keyId ? { keyId } : {}),
          }),
          dryRun: flags.dryRun ?? false,
        },
      })
      await followJob(session, job)
    }),
  )
}

/** As the client of Proxmox Backup: a key encrypts unless told otherwise, and nothing can be done without one. */
function cryptModeOf({ cryptMode }: BackupFlags, keyId: KeyId | undefined): string {
  if (cryptMode === undefined) return keyId === undefined ? 'none' : 'encrypt'
  if ((cryptMode === 'none') === (keyId === undefined)) return cryptMode
  throw new HoldfastError('input/invalid', {
    detail:
      keyId === undefined ? `${cryptMode} needs a key.` : 'This repository has a key: nothing goes there without it.',
  })
}

async function sourceOf(client: Client, paths: readonly string[], flags: BackupFlags): Promise<PlanSource> {
  if (flags.couchbase !== undefined) {
    const source = couchbaseSourceOf({ ...flags, couchbase: flags.couchbase })
    const name = ['couchbase', flags.couchbase, flags.bucket, flags.user].join(' ')
    return withSecret(source, await keepSourceSecret(client, name, couchbaseSecretsOf(process.env)))
  }
  if (flags.mysql !== undefined) {
    const source = mysqlSourceOf({ ...flags, mysql: flags.mysql })
    const name = ['mysql', flags.mysql, flags.user].join(' ')
    return withSecret(source, await keepSourceSecret(client, name, mysqlSecretsOf(process.env)))
  }
  if (flags.jobServer !== undefined) return jobServerSourceOf(client, { ...flags, server: flags.jobServer })
  if (paths.length === 0) throw nothingNamed()
  const absolute = paths.map((path) => resolve(path))
  return planSource.parse(
    flags.image === true
      ? { kind: 'image', paths: absolute }
      : {
          kind: 'folders',
          paths: absolute,
          excludes: flags.exclude,
          presets: flags.preset,
          oneFileSystem: !flags.allFileSystems,
          fileSystemSnapshot: flags.fileSystemSnapshot,
        },
  )
}

function withSecret(source: PlanSource, secretId: SecretId | undefined): PlanSource {
  return secretId === undefined ? source : planSource.parse({ ...source, secretId })
}

/** A key file named on the command line is imported once; the same key is found again by its fingerprint. */
async function importKey(client: Client, path: string): Promise<KeyId> {
  const text = await readKeyText(path)
  const passphrase = readSecret(process.env, 'PBS_ENCRYPTION_PASSWORD')
  const key = await client.keys.import({ name: basename(path), text, ...(passphrase ? { passphrase } : {}) })
  return key.id
}
