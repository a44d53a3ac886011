import { encodeManifest } from '../wire/manifest.ts'
import { status } from '../wire/status.ts'
import { bucketOf, type Call, type Command } from './command.ts'
import { allFiles, type DownloadStatus, type ServedBucket, snapshotStatus } from './served-bucket.ts'

type Rows = Iterable<readonly [string, string]>

/** STAT with the groups about snapshots (spec couchbase §10.2); one packet a row, an empty one at the end. */
export const stat: Command = {
  key: 'optional',
  value: 'none',
  privilege: 'Stats',
  needs: 'bucket',
  async run(call) {
    const { session, packet } = call
    const rows = rowsOf(call)
    if (rows === undefined) return session.refuse(packet, status.keyEnoent)
    if (rows === 'invalid') return session.refuse(packet, status.einval, 'Invalid vbucket')
    for (const [key, value] of rows) {
      await session.answer(packet, { key: Buffer.from(key), value: Buffer.from(value) })
    }
    await session.answer(packet)
  },
}

function rowsOf(call: Call): Rows | 'invalid' | undefined {
  const [group = '', argument] = Buffer.from(call.packet.key).toString().split(' ', 2)
  const bucket = bucketOf(call)
  if (group === '') return []
  let only: number | undefined
  if (argument !== undefined) {
    if (!/^\d{1,5}$/.test(argument) || Number(argument) > 0xffff) return 'invalid'
    only = Number(argument)
  }
  switch (group) {
    case 'snapshot-status':
      return statusRows(bucket, only)
    case 'snapshot-details':
      return detailRows(bucket, only, call.context.now())
    case 'snapshot-deks':
      return dekRows(bucket)
    case 'snapshot-move':
      return []
    default:
      return undefined
  }
}

function* statusRows(bucket: ServedBucket, only: number | undefined): Generator<readonly [string, string]> {
  if (only !== undefined) return yield [`vb_${only}:status`, snapshotStatus(bucket, only)]
  for (let vbid = 0; vbid < bucket.vbucketCount; vbid++) yield [`vb_${vbid}:status`, snapshotStatus(bucket, vbid)]
}

function* detailRows(
  bucket: ServedBucket,
  only: number | undefined,
  now: number,
): Generator<readonly [string, string]> {
  const snapshots = bucket.snapshots().filter(({ manifest }) => only === undefined || manifest.vbid === only)
  const total = snapshots.flatMap(({ manifest }) => allFiles(manifest)).reduce((sum, file) => sum + file.sizeBytes, 0n)
  yield ['snapshots_size', String(total)]
  for (const { manifest, lastUsedAt } of snapshots) {
    const prefix = `vb_${manifest.vbid}`
    yield [`${prefix}:age`, String(Math.max(0, Math.floor((now - lastUsedAt) / 1000)))]
    yield [`${prefix}:uuid`, manifest.uuid]
    for (const file of allFiles(manifest)) {
      yield [`${prefix}:file_${file.id}:path`, file.path]
      yield [`${prefix}:file_${file.id}:size`, String(file.sizeBytes)]
    }
  }
  for (const [vbid, download] of bucket.downloads?.statuses() ?? []) {
    if (only === undefined || vbid === only) yield [`vb_${vbid}:download`, JSON.stringify(downloadJson(download))]
  }
}

function* dekRows(bucket: ServedBucket): Generator<readonly [string, string]> {
  for (const { manifest } of bucket.snapshots()) {
    for (const { path } of manifest.deks) yield [`vb_${manifest.vbid}:dek`, path]
  }
}

function downloadJson({ state, error, manifest }: DownloadStatus): object {
  return { state, error, manifest: manifest && JSON.parse(Buffer.from(encodeManifest(manifest)).toString()) }
}
