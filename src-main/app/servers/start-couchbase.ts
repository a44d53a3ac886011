import { HoldfastError } from '../../../src-shared/errors.ts'
import {
  type CouchbaseConnection,
  createCouchbaseServer,
} from '../../engines/couchbase/server/create-couchbase-server.ts'
import type { CouchbaseServerEvent } from '../../engines/couchbase/server/server-context.ts'
import { openStoredBucket } from '../../engines/couchbase/server/stored-bucket.ts'
import { createCouchbaseUser } from '../../engines/couchbase/server/user.ts'
import { isLoopback } from './is-loopback.ts'
import type { RunningServer, ServerListener, ServerOrder } from './running-server.ts'
import { openIdentity } from './server-tls.ts'

/** Snapshots of a bucket for nodes that pull them, or for another Holdfast. In the clear on this computer alone. */
export async function startCouchbase(
  { config, folder, secrets }: ServerOrder,
  listener: ServerListener,
): Promise<RunningServer> {
  if (config.kind !== 'couchbase') throw new Error(`no bucket: ${config.kind}`)
  const { listen, bucket: name, folder: bucketFolder, user } = config
  if (bucketFolder === '' || secrets.password === undefined) {
    throw new HoldfastError('server/unavailable', {
      detail: bucketFolder === '' ? 'It offers nothing yet.' : 'Its account has no password yet.',
      hint: bucketFolder === '' ? 'Choose the folder of a bucket.' : 'Choose one: the data goes to whoever knows it.',
    })
  }
  const stopping = new AbortController()
  const bucket = await openStoredBucket({ name, folder: bucketFolder, signal: stopping.signal })
  const isSecure = !isLoopback(listen.host)
  const identity = isSecure ? await openIdentity(folder, listen) : undefined
  const server = createCouchbaseServer({
    buckets: [bucket],
    users: [
      await createCouchbaseUser({ name: user, password: secrets.password, privileges: ['Administrator', 'Stats'] }),
    ],
    tls: identity,
    isPlainAllowed: !isSecure,
  })
  const stop = server.onEvent((event) => tell(event, listener))
  const { port } = await server.listen({ ...listen, isSecure })
  return {
    listen: { host: listen.host, port },
    fingerprint: identity?.fingerprint,
    connections: () => server.connections().map(shown),
    async close() {
      stop()
      stopping.abort()
      await server.close()
    },
  }
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
