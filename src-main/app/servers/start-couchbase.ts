import { randomBytes, X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createSecureContext } from 'node:tls'
import { HoldfastError } from '../../../src-shared/errors.ts'
import {
  type CouchbasePrivilege,
  couchbasePasswordName,
  couchbasePrivilege,
  type ServerConfig,
} from '../../../src-shared/model/server.ts'
import {
  type CouchbaseConnection,
  createCouchbaseServer,
  type ServerTls,
} from '../../engines/couchbase/server/create-couchbase-server.ts'
import { openServedFolder } from '../../engines/couchbase/server/open-served-folder.ts'
import type { ServedBucket } from '../../engines/couchbase/server/served-bucket.ts'
import type { CouchbaseServerEvent } from '../../engines/couchbase/server/server-context.ts'
import { type CouchbaseUser, createCouchbaseUser } from '../../engines/couchbase/server/user.ts'
import { errorCode } from '../../os/system-error.ts'
import { openSnapshotBucket } from '../couchbase/snapshot-bucket.ts'
import { openJobRepository } from '../jobs/open-job-repository.ts'
import { isLoopback } from './is-loopback.ts'
import type { OfferedSnapshot, RunningServer, ServerListener, ServerOrder } from './running-server.ts'
import { openIdentity } from './server-tls.ts'

type CouchbaseConfig = Extract<ServerConfig, { kind: 'couchbase' }>

/** Snapshots of a bucket for nodes that pull them, or for another Holdfast. In the clear on this computer alone. */
export async function startCouchbase(
  { config, folder, secrets, snapshot }: ServerOrder,
  listener: ServerListener,
): Promise<RunningServer> {
  if (config.kind !== 'couchbase') throw new Error(`no bucket: ${config.kind}`)
  const { listen, bucket: name, folder: bucketFolder, vbucketCount } = config
  if (bucketFolder === '' && snapshot === undefined)
    throw unavailable('It offers nothing yet.', 'Choose the folder of a bucket.')
  if (secrets.password === undefined && config.clientAuthorityPath === undefined) {
    throw unavailable('Its account has no password yet.', 'Choose one: the data goes to whoever knows it.')
  }
  const isSecure =
    config.isAlwaysSecure ||
    config.certificatePath !== undefined ||
    config.clientAuthorityPath !== undefined ||
    !isLoopback(listen.host)
  const tls = isSecure ? await openTls(config, folder) : undefined
  const stopping = new AbortController()
  const bucket =
    snapshot === undefined
      ? await openBucket({ name, folder: bucketFolder, vbucketCount }, stopping.signal)
      : await openOffered(snapshot, { name, folder }, stopping.signal)
  const server = createCouchbaseServer({
    buckets: [bucket],
    users: await makeUsers(config, secrets),
    tls,
    isPlainAllowed: !isSecure,
  })
  const stop = server.onEvent((event) => tell(event, listener))
  const { port } = await server.listen({ ...listen, isSecure })
  return {
    listen: { host: listen.host, port },
    fingerprint: tls?.fingerprint,
    connections: () => server.connections().map(shown),
    async close() {
      stop()
      stopping.abort()
      await server.close()
      await bucket.close()
    },
  }
}

async function makeUsers(
  { user, moreUsers }: CouchbaseConfig,
  secrets: Readonly<Record<string, string>>,
): Promise<readonly CouchbaseUser[]> {
  // Whoever logs in by certificate alone has a password that nobody knows.
  const make = (name: string, password: string | undefined, privileges: readonly CouchbasePrivilege[]) =>
    createCouchbaseUser({ name, password: password ?? randomBytes(32).toString('base64'), privileges })
  const users = [await make(user, secrets.password, couchbasePrivilege.options)]
  for (const { name, privileges } of moreUsers) {
    users.push(await make(name, secrets[couchbasePasswordName(name)], privileges))
  }
  return users
}

async function openBucket(options: Parameters<typeof openServedFolder>[0], signal: AbortSignal): Promise<ServedBucket> {
  try {
    return await openServedFolder(options, signal)
  } catch (error) {
    const code = errorCode(error)
    if (code !== 'ENOENT' && code !== 'ENOTDIR' && code !== 'EACCES') throw error
    throw unavailable(`${options.folder} is no folder that can be read.`, 'Choose the folder of a bucket.', error)
  }
}

/** The bucket of a snapshot, read out of its repository for as long as it is served. */
async function openOffered(
  { repository: access, ref }: OfferedSnapshot,
  { name, folder }: { readonly name: string; readonly folder: string },
  signal: AbortSignal,
): Promise<ServedBucket> {
  const repository = await openJobRepository(access, { workerThreads: 1, dataDirectory: folder }, signal)
  try {
    const reader = await repository.read(ref, signal)
    try {
      const { bucket } = await openSnapshotBucket(reader, name, signal)
      const close = async () => {
        await reader.close()
        await repository.close()
      }
      return { ...bucket, close }
    } catch (error) {
      await reader.close()
      throw error
    }
  } catch (error) {
    await repository.close()
    throw error
  }
}

/** Certificate and key that a person gave, or our own. */
async function openTls(
  { certificatePath, keyPath, clientAuthorityPath, listen }: CouchbaseConfig,
  folder: string,
): Promise<ServerTls & { readonly fingerprint: string }> {
  const clientAuthority = clientAuthorityPath === undefined ? undefined : await readPem(clientAuthorityPath)
  if (certificatePath === undefined) return { ...(await openIdentity(folder, listen)), clientAuthority }
  const certificate = await readPem(certificatePath)
  const key = await readPem(keyPath ?? certificatePath)
  try {
    const { fingerprint256 } = new X509Certificate(certificate)
    createSecureContext({ cert: certificate, key })
    return { certificate, key, clientAuthority, fingerprint: fingerprint256 }
  } catch (cause) {
    throw unavailable(`${certificatePath} and its key do not go together.`, 'Choose a certificate and its key.', cause)
  }
}

async function readPem(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    throw unavailable(`${file} cannot be read.`, 'Choose a PEM file that this account may read.', cause)
  }
}

function unavailable(detail: string, hint: string, cause?: unknown): HoldfastError {
  return new HoldfastError('server/unavailable', { detail, hint, cause })
}

function tell(event: CouchbaseServerEvent, listener: ServerListener): void {
  const { peer } = event.session
  switch (event.type) {
    case 'login':
      listener.log(
        event.isAllowed ? 'info' : 'warn',
        `${peer}: ${event.user} ${event.isAllowed ? 'logged in' : 'was refused'}`,
      )
      break
    case 'prepared':
      listener.log('info', `${peer}: vbucket ${event.vbid}`)
      break
    case 'failed':
      listener.log('warn', `${peer}: ${event.error instanceof Error ? event.error.message : String(event.error)}`)
      break
    default:
      break
  }
  listener.connectionsChanged()
}

function shown({ id, peer, user, since, activity, sentBytes }: CouchbaseConnection) {
  const figures = `${(Number(sentBytes) / 1_048_576).toFixed(1)} MiB sent`
  return {
    id: String(id),
    peer,
    since,
    activity: activity === '' ? figures : `${activity}, ${figures}`,
    ...(user === undefined ? {} : { user }),
  }
}
