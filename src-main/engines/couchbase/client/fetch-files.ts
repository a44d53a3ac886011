import type { Pace } from '../../../os/pace.ts'
import { formatAddress } from '../cluster/node-address.ts'
import type { VbucketRow } from '../stored-report.ts'
import type { SnapshotFile } from '../wire/manifest.ts'
import type { BucketClient } from './bucket-client.ts'
import { saveFile } from './save-file.ts'
import { readVbucketFile, type VbucketSnapshot } from './vbucket-snapshot.ts'

export interface FetchOptions {
  readonly client: BucketClient
  readonly folder: string
  /** Bytes from one fsync to the next; `never` for what no crash has to outlive. */
  readonly fsync: number | 'never'
  readonly onBytes: (bytes: number) => void
  /** How fast they may come, all that are under way together. */
  readonly pace?: Pace | undefined
}

/** Brings all files of a snapshot into a folder, checked, and says what they are. */
export async function fetchFiles(
  snapshot: VbucketSnapshot,
  options: FetchOptions,
  signal: AbortSignal,
): Promise<VbucketRow> {
  const { files, deks } = snapshot.manifest
  const fetchAll = async (wanted: readonly SnapshotFile[], mode: number) => {
    const rows: VbucketRow['files'] = []
    for (const file of wanted)
      rows.push(describeFile(file, await fetchFile(snapshot, { ...options, file, mode }, signal)))
    return rows
  }
  return describeSnapshot(snapshot, { files: await fetchAll(files, 0o644), deks: await fetchAll(deks, 0o600) })
}

/** Returns its SHA-512. */
export function fetchFile(
  snapshot: VbucketSnapshot,
  {
    client,
    folder,
    fsync,
    onBytes,
    pace,
    file,
    mode,
  }: FetchOptions & { readonly file: SnapshotFile; readonly mode: number },
  signal: AbortSignal,
): Promise<string> {
  const read = (offset: bigint) => {
    const bytes = readVbucketFile(client, snapshot, { file, offset, signal })
    return pace?.through(bytes, signal) ?? bytes
  }
  return saveFile({ file, folder, mode, fsync, read, progress: onBytes }, signal)
}

/** As the node gave it: nothing has been read. */
export function describeManifest(snapshot: VbucketSnapshot): VbucketRow {
  const describe = (files: readonly SnapshotFile[]) => files.map((file) => describeFile(file, file.sha512))
  const { files, deks } = snapshot.manifest
  return describeSnapshot(snapshot, { files: describe(files), deks: describe(deks) })
}

function describeFile({ path, sizeBytes }: SnapshotFile, sha512: string | undefined): VbucketRow['files'][number] {
  return { path, size: String(sizeBytes), sha512 }
}

function describeSnapshot(
  { manifest, node, seqno, preparedAt, isAgeUnknown, dialect }: VbucketSnapshot,
  files: Pick<VbucketRow, 'files' | 'deks'>,
): VbucketRow {
  return {
    vbid: manifest.vbid,
    outcome: 'stored',
    node: formatAddress(node.address),
    uuid: manifest.uuid,
    seqno: seqno === undefined ? undefined : String(seqno),
    preparedAt,
    isAgeUnknown: isAgeUnknown || undefined,
    dialect,
    ...files,
  }
}
