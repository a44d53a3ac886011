import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import type { Client } from '../../../../src-shared/contract/index.ts'
import { couchbasePull } from '../../../../src-shared/model/couchbase-restore.ts'
import { resolveSnapshot } from '../resolve.ts'
import { followJob } from '../run-job.ts'
import { type GlobalOptions, withSession } from '../session.ts'
import { couchbaseSecretsOf, couchbaseTlsOf, type TlsFlags } from './couchbase-flags.ts'

interface PullFlags extends TlsFlags {
  readonly node: string
  readonly bucket: string
  readonly user?: string
  readonly insecure?: boolean
  readonly serveAt: string
  readonly adopt?: boolean
}

/** From a restored bucket back into a node. */
export function addCouchbaseCommands(program: Command): void {
  const couchbase = program.command('couchbase').description('bring a restored bucket back into a Couchbase node')

  couchbase
    .command('place')
    .description('lay a restored bucket out as the data folder of a node that does not run')
    .argument('<folder>', 'the restored bucket: one folder a vbucket')
    .requiredOption('--target <folder>', 'the data folder to be')
    .action((folder: string, { target }: { target: string }, command: Command) =>
      withSession(command.optsWithGlobals<GlobalOptions>(), async (session) => {
        const wish = { stored: resolve(folder), target: resolve(target) }
        await followJob(session, await session.client.couchbase.place(wish))
      }),
    )

  couchbase
    .command('pull')
    .description('serve a stored bucket and have a node pull it; password in HOLDFAST_COUCHBASE_PASSWORD')
    .argument('<what>', 'a snapshot as for restore, or the folder of a restored bucket')
    .requiredOption('--node <host:port>', 'the node that is to pull')
    .requiredOption('--bucket <name>', 'its bucket')
    .option('--user <name>', 'who logs in to the node; by certificate when left out')
    .option('--tls', 'reach the node by TLS')
    .option('--authority <file>', 'PEM of whoever signed the node’s certificate')
    .option('--client-certificate <file>', 'log in with this certificate (PEM)')
    .option('--client-key <file>', 'the key of that certificate')
    .option('--fingerprint <sha256>', 'the one certificate that is accepted')
    .option('--serve-at <address>', 'an address of this computer that the node reaches', '127.0.0.1')
    .option('--insecure', 'credentials and data without TLS to other machines')
    .option('--adopt', 'make the vbuckets active at once: only on nodes that nothing else manages')
    .action((what: string, flags: PullFlags, command: Command) =>
      withSession(command.optsWithGlobals<GlobalOptions>(), async (session) => {
        const wish = couchbasePull.parse({
          ...(await whatToPull(session.client, what)),
          node: flags.node,
          bucket: flags.bucket,
          allowInsecure: flags.insecure ?? false,
          servedAt: flags.serveAt,
          adopt: flags.adopt ?? false,
          secrets: couchbaseSecretsOf(process.env),
          ...(flags.user === undefined ? {} : { user: flags.user }),
          ...couchbaseTlsOf(flags),
        })
        await followJob(session, await session.client.couchbase.pull(wish))
      }),
    )
}

/** A folder where there is one of that name, else a snapshot. */
async function whatToPull(client: Client, what: string) {
  const isFolder = await stat(resolve(what)).then(
    (found) => found.isDirectory(),
    () => false,
  )
  return isFolder ? { stored: resolve(what) } : { snapshotId: (await resolveSnapshot(client, what)).id }
}
