import { randomBytes } from 'node:crypto'
import { HoldfastError } from '../../../src-shared/errors.ts'
import type { BucketReturn } from '../../../src-shared/model/couchbase-restore.ts'
import { couchbaseSecrets } from '../../../src-shared/model/couchbase-source.ts'
import type { JobSpec } from '../../../src-shared/model/job.ts'
import type { RestoreReceipt } from '../../../src-shared/model/restore.ts'
import { pullBucket } from '../../engines/couchbase/client/pull-bucket.ts'
import { placeAsNode } from '../../engines/couchbase/place-as-node.ts'
import { createCouchbaseServer } from '../../engines/couchbase/server/create-couchbase-server.ts'
import { openStoredBucket } from '../../engines/couchbase/server/stored-bucket.ts'
import { createCouchbaseUser } from '../../engines/couchbase/server/user.ts'
import { listStoredManifests } from '../../engines/couchbase/stored-manifest.ts'
import { errorCode } from '../../os/system-error.ts'
import { loginOptions, nodeAddress } from '../../sources/couchbase/client-options.ts'
import type { JobOutcome } from './job-order.ts'
import type { JobTools } from './job-tools.ts'

export type ReturnBucketSpec = Extract<JobSpec, { kind: 'return-bucket' }>
type Placing = Extract<BucketReturn, { kind: 'place' }>
type Pulling = Extract<BucketReturn, { kind: 'pull' }>

interface Extent {
  readonly files: number
  readonly bytes: number
}

/** Brings a restored bucket back into a node: as the data folder of one that does not run, or pulled by one that does. */
export async function runReturnBucket(tools: JobTools, { as }: ReturnBucketSpec): Promise<JobOutcome> {
  const { meter, log, signal } = tools
  meter.enter('scanning')
  const vbuckets = await measure(as.stored, signal)
  meter.totalFiles = [...vbuckets.values()].reduce((sum, { files }) => sum + files, 0)
  meter.totalBytes = [...vbuckets.values()].reduce((sum, { bytes }) => sum + bytes, 0)
  meter.counts.seen = meter.totalFiles
  meter.enter('writing')
  await (as.kind === 'place' ? place(tools, as) : pull(tools, as, vbuckets))
  const { stored: restored, unchanged: identical } = meter.counts
  const receipt: RestoreReceipt = {
    ...{ seen: meter.totalFiles, restored, identical, skipped: 0, failed: 0, folders: 0, restoredFolders: 0 },
    writtenBytes: meter.doneBytes,
    targetRoot: as.kind === 'place' ? as.target : `${as.node}, ${as.bucket}`,
    undone: false,
  }
  log.line('info', `${vbuckets.size} vbuckets are there.`)
  return {
    summary: { doneBytes: meter.doneBytes, storedBytes: 0, receipt },
    warnings: log.warnings,
    usage: undefined,
    changedSnapshots: false,
  }
}

/** @throws HoldfastError `path/not-found` where no vbucket is, `couchbase/damaged` for one without its manifest */
async function measure(stored: string, signal: AbortSignal): Promise<ReadonlyMap<number, Extent>> {
  const found = new Map<number, Extent>()
  try {
    for await (const { vbid, files, deks } of listStoredManifests(stored)) {
      signal.throwIfAborted()
      const all = [...files, ...deks]
      found.set(vbid, { files: all.length, bytes: all.reduce((sum, { sizeBytes }) => sum + Number(sizeBytes), 0) })
    }
  } catch (error) {
    if (errorCode(error) !== 'ENOENT' && errorCode(error) !== 'ENOTDIR') throw error
  }
  if (found.size > 0) return found
  throw new HoldfastError('path/not-found', {
    detail: `${stored} holds no restored bucket.`,
    hint: 'Choose the folder with the vbuckets in it: one folder each, named by its number.',
  })
}

async function place({ meter, signal }: JobTools, { stored, target }: Placing): Promise<void> {
  const onPlaced = ({ path, sizeBytes }: { readonly path: string; readonly sizeBytes: bigint }, isNew: boolean) => {
    meter.working(path)
    meter.counts[isNew ? 'stored' : 'unchanged'] += 1
    if (isNew) meter.doneBytes += Number(sizeBytes)
  }
  await placeAsNode({ stored, target, onPlaced }, signal)
}

/** Served to nobody but that node, for as long as it takes: the password is made here. */
async function pull(
  { order, meter, signal }: JobTools,
  as: Pulling,
  vbuckets: ReadonlyMap<number, Extent>,
): Promise<void> {
  const { stored, servedAt: host, bucket: name, adopt } = as
  const login = await loginOptions(as, couchbaseSecrets.parse(order.sourceSecrets))
  const bucket = await openStoredBucket({ name, folder: stored, signal })
  const user = { name: 'holdfast-pull', password: randomBytes(24).toString('base64url') }
  const server = createCouchbaseServer({
    buckets: [bucket],
    users: [await createCouchbaseUser({ ...user, privileges: ['Administrator'] })],
  })
  server.onEvent((event) => {
    if (event.type === 'fragment') meter.doneBytes += event.bytes
    if (event.type === 'prepared') meter.working(`vbucket ${event.vbid}`)
  })
  try {
    const { port } = await server.listen({ host, port: 0 })
    const sasl = { mechanism: 'SCRAM-SHA512', username: user.name, password: user.password }
    await pullBucket(
      {
        node: nodeAddress(as.node, as.tls !== undefined),
        login,
        from: { host, port, bucket: name, sasl },
        vbids: [...vbuckets.keys()],
        isAdopted: adopt,
        onPulled: (vbid) => {
          meter.counts.stored += vbuckets.get(vbid)?.files ?? 0
        },
      },
      signal,
    )
  } finally {
    await server.close()
    await bucket.close()
  }
}
