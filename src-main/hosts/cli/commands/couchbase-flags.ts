import { resolve } from 'node:path'
import { type Command, Option } from 'commander'
import { HoldfastError } from '../../../../src-shared/errors.ts'
import type { CouchbaseSecrets, CouchbaseSource } from '../../../../src-shared/model/couchbase-source.ts'
import { type PlanSource, planSource } from '../../../../src-shared/model/source.ts'
import { wholeNumber } from '../option-values.ts'

/** Where a cluster is and how it is trusted; `--user`, `--fingerprint` and `--staging` are those of every database. */
export interface CouchbaseFlags extends TlsFlags {
  readonly couchbase: string
  readonly bucket?: string
  readonly user?: string
  readonly insecure?: boolean
  readonly parallel?: number
  readonly leftovers?: string
  readonly patience?: number
  readonly staging?: string
  readonly stagingLimit?: number
}

export interface TlsFlags {
  readonly tls?: boolean
  readonly authority?: string
  readonly clientCertificate?: string
  readonly clientKey?: string
  readonly fingerprint?: string
}

/** Passwords come from the environment: nobody reads them in a list of processes. */
const PASSWORD = 'HOLDFAST_COUCHBASE_PASSWORD'
const KEY_PASSPHRASE = 'HOLDFAST_COUCHBASE_KEY_PASSPHRASE'

export function addCouchbaseOptions(command: Command): Command {
  return command
    .option('--couchbase <nodes>', `nodes of a Couchbase cluster, separated by commas; password in ${PASSWORD}`)
    .option('--bucket <name>', 'of --couchbase: the bucket')
    .option('--tls', 'of --couchbase: TLS; implied by the options about certificates')
    .option('--authority <file>', 'of --couchbase: PEM of whoever signed the cluster’s certificates')
    .option('--client-certificate <file>', 'of --couchbase: log in with this certificate (PEM)')
    .option('--client-key <file>', `of --couchbase: the key of that certificate; its passphrase in ${KEY_PASSPHRASE}`)
    .option('--insecure', 'of --couchbase and --mysql agent://: passwords without TLS to other machines')
    .option(
      '--parallel <vbuckets>',
      'of --couchbase: vbuckets that are prepared ahead, 4 unless given',
      wholeNumber(1, 32),
    )
    .addOption(
      new Option(
        '--leftovers <what>',
        'of --couchbase: `release` snapshots that somebody left on a node, or `use` them',
      ).choices(['release', 'use']),
    )
    .option(
      '--patience <seconds>',
      'of --couchbase: how long a node may be gone, 120 unless given',
      wholeNumber(1, 86_400),
    )
}

/** @throws ZodError for what cannot be a source */
export function couchbaseSourceOf(flags: CouchbaseFlags): PlanSource {
  if (flags.bucket === undefined) {
    throw new HoldfastError('input/invalid', { detail: 'Which bucket?', hint: 'Add --bucket NAME.' })
  }
  return planSource.parse({
    kind: 'couchbase',
    hosts: flags.couchbase.split(',').map((host) => host.trim()),
    bucket: flags.bucket,
    allowInsecure: flags.insecure ?? false,
    ...(flags.user === undefined ? {} : { user: flags.user }),
    ...couchbaseTlsOf(flags),
    ...(flags.parallel === undefined ? {} : { parallelVbuckets: flags.parallel }),
    ...(flags.leftovers === undefined ? {} : { leftovers: flags.leftovers }),
    ...(flags.patience === undefined ? {} : { patienceSeconds: flags.patience }),
    ...(flags.staging === undefined ? {} : { stagingFolder: resolve(flags.staging) }),
    ...(flags.stagingLimit === undefined ? {} : { stagingLimitBytes: flags.stagingLimit }),
  })
}

/** TLS when it is asked for, or anything about certificates is said. */
export function couchbaseTlsOf(flags: TlsFlags): Pick<CouchbaseSource, 'tls'> {
  const tls = {
    ...(flags.authority === undefined ? {} : { authorityPath: resolve(flags.authority) }),
    ...(flags.clientCertificate === undefined ? {} : { certificatePath: resolve(flags.clientCertificate) }),
    ...(flags.clientKey === undefined ? {} : { keyPath: resolve(flags.clientKey) }),
    ...(flags.fingerprint === undefined ? {} : { fingerprint: flags.fingerprint }),
  }
  return flags.tls || Object.keys(tls).length > 0 ? { tls } : {}
}

/** By the names of `CouchbaseSecrets`. */
export function couchbaseSecretsOf(environment: NodeJS.ProcessEnv): Readonly<Record<string, string>> {
  const { [PASSWORD]: password, [KEY_PASSPHRASE]: keyPassphrase } = environment
  return {
    ...(password === undefined ? {} : { password }),
    ...(keyPassphrase === undefined ? {} : { keyPassphrase }),
  } satisfies CouchbaseSecrets
}
