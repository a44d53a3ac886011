import { randomBytes } from 'node:crypto'
import { HoldfastError } from '../../../src-shared/errors.ts'
import type { BucketReturn } from '../../../src-shared/model/couchbase-restore.ts'
import { couchbaseSecrets } from '../../../src-shared/model/couchbase-source.ts'
import type { JobSpec } from '../../../src-shared/model/job.ts'
import type { RestoreReceipt } from '../../../src-shared/model/restore.ts'
import { pullBucket } from '../../engines/couchbase/client/pull-bucket.ts'
import { placeAsNode } from '../../engines/couchbase/place-as-node.ts'
import { createCouchbaseServer } from '../../engines/couchbase/server/create-couchbase-server.ts'
import type { ServedBucket } from '../../engines/couchbase/server/served-bucket.ts'
import { openStoredBucket } from '../../engines/couchbase/server/stored-bucket.ts'
import { createCouchbaseUser } from '../../engines/couchbase/server/user.ts'
import { listStoredManifests } from '../../engines/couchbase/stored-manifest.ts'
import type { BucketReport } from '../../engines/couchbase/stored-report.ts'
import { errorCode } from '../../os/system-error.ts'
import { loginOptions, nodeAddress } from '../../sources/couchbase/client-options.ts'
import { openSnapshotBucket } from '../couchbase/snapshot-bucket.ts'
import type { JobOutcome } from './job-order.ts'
import { type JobTools, repositoryAccess } from './job-tools.ts'

export type ReturnBucketSpec = Extract<JobSpec, { kind: 'return-bucket' }>
type Placing = Extract<BucketReturn, { kind: 'place' }>
type Pulling = Extract<BucketReturn, { kind: 'pull' }>

interface Extent {
  readonly files: number
  readonly bytes: number
}

/** Brings a stored bucket back into a node: as the data folder of one that does not run, or pulled by one that does. */
export async function runReturnBucket(tools: JobTools, { as }: ReturnBucketSpec): Promise<JobOutcome> {
  const { meter, log } = tools
  meter.enter('scanning')
  const vbuckets = await (as.kind === 'place' ? place(tools, as) : pull(tools, as))
  const { stored: restored, unchanged: identical } = meter.counts
  const receipt: RestoreReceipt = {
    ...{ seen: meter.counts.seen, restored, identical, skipped: 0, failed: 0, folders: 0, restoredFolders: 0 },
    writtenBytes: meter.doneBytes,
    targetRoot: as.kind === 'place' ? as.target : `${as.node}, ${as.bucket}`,
    undone: false,
  }
  log.line('info', `${vbuckets} vbuckets are there.`)
  return {
    summary: { doneBytes: meter.doneBytes, storedBytes: 0, receipt },
    warnings: log.warnings,
    usage: undefined,
    changedSnapshots: false,
  }
}

function announce({ meter }: JobTools, vbuckets: ReadonlyMap<number, Extent>): void {
  const sum = (of: (extent: Extent) => number) =>
    [...vbuckets.values()].reduce((total, extent) => total + of(extent), 0)
  meter.totalFiles = sum(({ files }) => files)
  meter.totalBytes = sum(({ bytes }) => bytes)
  meter.counts.seen = meter.totalFiles
  meter.enter('writing')
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

async function place(tools: JobTools, { stored, target }: Placing): Promise<number> {
  const { meter, signal } = tools
  announce(tools, await measure(stored, signal))
  const onPlaced = ({ path, sizeBytes }: { readonly path: string; readonly sizeBytes: bigint }, isNew: boolean) => {
    meter.working(path)
    meter.counts[isNew ? 'stored' : 'unchanged'] += 1
    if (isNew) meter.doneBytes += Number(sizeBytes)
  }
  return placeAsNode({ stored, target, onPlaced }, signal)
}

async function pull(tools: JobTools, as: Pulling): Promise<number> {
  const { index, signal } = tools
  const { stored, snapshotId, bucket: name } = as
  if (stored !== undefined) {
    const extents = await measure(stored, signal)
    return pullFrom(tools, as, { bucket: await openStoredBucket({ name, folder: stored, signal }), extents })
  }
  const known = snapshotId && index.find(snapshotId)
  if (known === undefined) throw new HoldfastError('snapshot/unknown')
  const repository = await tools.openRepository(repositoryAccess(tools), signal)
  try {
    const reader = await repository.read(known.ref, signal)
    try {
      const { bucket, report } = await openSnapshotBucket(reader, name, signal)
      return await pullFrom(tools, as, { bucket, extents: extentsOf(report) })
    } finally {
      await reader.close()
    }
  } finally {
    await repository.close()
  }
}

function extentsOf({ vbuckets }: BucketReport): ReadonlyMap<number, Extent> {
  const stored = vbuckets.filter(({ outcome }) => outcome === 'stored')
  return new Map(
    stored.map(({ vbid, files, deks }) => {
      const all = [...files, ...deks]
      return [vbid, { files: all.length, bytes: all.reduce((sum, { size }) => sum + Number(size), 0) }]
    }),
  )
}

interface Offer {
  readonly bucket: ServedBucket
  readonly extents: ReadonlyMap<number, Extent>
}

/** Served to nobody but that node, for as long as it takes: the password is made here. */
async function pullFrom(tools: JobTools, as: Pulling, { bucket, extents }: Offer): Promise<number> {
  const { order, meter, signal } = tools
  const { servedAt: host, bucket: name, adopt } = as
  const login = await loginOptions(as, couchbaseSecrets.parse(order.sourceSecrets))
  announce(tools, extents)
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
        vbids: [...extents.keys()],
        isAdopted: adopt,
        onPulled: (vbid) => {
          meter.counts.stored += extents.get(vbid)?.files ?? 0
        },
      },
      signal,
    )
    return extents.size
  } finally {
    await server.close()
    await bucket.close()
  }
}
