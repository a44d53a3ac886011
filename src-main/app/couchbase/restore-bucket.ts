import { randomBytes } from 'node:crypto'
import { isAbsolute } from 'node:path'
import { HoldfastError } from '../../../src-shared/errors.ts'
import type { CouchbasePlacing, CouchbaseProgress, CouchbasePull } from '../../../src-shared/model/couchbase-restore.ts'
import { pullBucket } from '../../engines/couchbase/client/pull-bucket.ts'
import { placeAsNode } from '../../engines/couchbase/place-as-node.ts'
import { createCouchbaseServer } from '../../engines/couchbase/server/create-couchbase-server.ts'
import type { ServedBucket } from '../../engines/couchbase/server/served-bucket.ts'
import { openStoredBucket } from '../../engines/couchbase/server/stored-bucket.ts'
import { createCouchbaseUser } from '../../engines/couchbase/server/user.ts'
import { errorCode } from '../../os/system-error.ts'
import { loginOptions, nodeAddress } from '../../sources/couchbase/client-options.ts'
import { LiveFeed } from '../live-feed.ts'
import { isLoopback } from '../servers/is-loopback.ts'

const PROGRESS_PAUSE_MS = 200

/** Lays a restored bucket out as the data folder of a node that does not run. */
export async function* placeBucket(
  { stored, target }: CouchbasePlacing,
  signal: AbortSignal,
): AsyncGenerator<CouchbaseProgress, void, undefined> {
  if (!isAbsolute(target)) throw new HoldfastError('input/invalid', { detail: `${target} is not a whole path.` })
  const bucket = await openRestored(stored, 'default', signal)
  const { length: total } = vbidsOf(bucket)
  yield* following(total, signal, async (onDone, own) => {
    await placeAsNode({ stored, target, onPlaced: onDone }, own)
  })
}

/** Serves a restored bucket for as long as a node takes to pull it, to nobody but that node: the password is made here. */
export async function* pullRestored(
  wish: CouchbasePull,
  signal: AbortSignal,
): AsyncGenerator<CouchbaseProgress, void, undefined> {
  const { stored, servedAt: host, allowInsecure } = wish
  if (!isLoopback(host) && !allowInsecure) {
    throw new HoldfastError('couchbase/insecure', {
      detail: `The node would pull from ${host}.`,
      hint: 'Allow it, or serve the folder with TLS (holdfast host couchbase) and let the node pull from there.',
    })
  }
  const login = await loginOptions(wish, wish.secrets)
  const node = nodeAddress(wish.node, wish.tls !== undefined)
  const bucket = await openRestored(stored, wish.bucket, signal)
  const vbids = vbidsOf(bucket)
  const user = { name: 'holdfast-pull', password: randomBytes(24).toString('base64url') }
  const server = createCouchbaseServer({
    buckets: [bucket],
    users: [await createCouchbaseUser({ ...user, privileges: ['Administrator'] })],
  })
  try {
    const { port } = await server.listen({ host, port: 0 })
    const sasl = { mechanism: 'SCRAM-SHA512', username: user.name, password: user.password }
    const from = { host, port, bucket: wish.bucket, sasl }
    yield* following(vbids.length, signal, (onPulled, own) =>
      pullBucket({ node, login, from, vbids, isAdopted: wish.adopt, onPulled }, own),
    )
  } finally {
    await server.close()
    await bucket.close()
  }
}

/** @throws HoldfastError `path/not-found` where no vbucket is */
async function openRestored(folder: string, name: string, signal: AbortSignal): Promise<ServedBucket> {
  if (!isAbsolute(folder)) throw new HoldfastError('input/invalid', { detail: `${folder} is not a whole path.` })
  const hint = 'Choose the folder with the vbuckets in it: one folder each, named by its number.'
  try {
    const bucket = await openStoredBucket({ name, folder, signal })
    if (vbidsOf(bucket).length > 0) return bucket
  } catch (error) {
    if (errorCode(error) !== 'ENOENT' && errorCode(error) !== 'ENOTDIR') throw error
  }
  throw new HoldfastError('path/not-found', { detail: `${folder} holds no restored bucket.`, hint })
}

function vbidsOf(bucket: ServedBucket): number[] {
  return [...Array(bucket.vbucketCount).keys()].filter((vbid) => bucket.owns(vbid))
}

/** The work with its progress as a stream. Whoever stops listening ends the work, and it is over when the stream is. */
async function* following(
  total: number,
  signal: AbortSignal,
  work: (onDone: () => void, signal: AbortSignal) => Promise<void>,
): AsyncGenerator<CouchbaseProgress, void, undefined> {
  const leaving = new AbortController()
  const own = AbortSignal.any([signal, leaving.signal])
  const feed = new LiveFeed<'progress', CouchbaseProgress>()
  let vbuckets = 0
  const onDone = () => feed.publish('progress', { vbuckets: ++vbuckets, total, isComplete: false }, false)
  const changes = feed.subscribe(PROGRESS_PAUSE_MS, own)
  const ended = work(onDone, own).finally(() => feed.close())
  ended.catch(() => undefined) // thrown below, when the progress has been told
  try {
    yield { vbuckets, total, isComplete: false }
    for await (const batch of changes) yield* batch
    await ended
    yield { vbuckets, total, isComplete: true }
  } finally {
    leaving.abort()
    await ended.catch(() => undefined)
  }
}
