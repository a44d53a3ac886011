import { open, stat } from 'node:fs/promises'
import { HoldfastError } from '../../../src-shared/errors.ts'
import type { SnapshotId } from '../../../src-shared/model/ids.ts'
import { displayPath, pathTextToBytes } from '../../../src-shared/model/path-text.ts'
import { errorCode } from '../../os/system-error.ts'
import { parseSnapshotPath } from '../restore/snapshot-path.ts'
import { decodeText, type FileText, takeBytes } from './file-text.ts'
import type { SnapshotsService } from './snapshots.ts'

/** Text of the beginning of a file in a snapshot. */
export async function textInSnapshot(
  snapshots: SnapshotsService,
  { id, path, limitBytes }: TextRequest,
  signal: AbortSignal,
): Promise<FileText> {
  const snapshot = await snapshots.get(id)
  const parsed = parseSnapshotPath(path)
  if (parsed === undefined) throw new HoldfastError('path/not-found')
  return snapshots.withReader(snapshot, signal, async (reader) => {
    const range = { offset: 0n, length: BigInt(limitBytes) + 1n }
    const { bytes, isCut } = await takeBytes(reader.content(parsed.tree, parsed.names, range, signal), limitBytes)
    return decodeText(bytes, isCut)
  })
}

/** The same for the file as it is on this computer's disk now. */
export async function textOnDisk(
  snapshots: SnapshotsService,
  { id, path, limitBytes }: TextRequest,
  signal: AbortSignal,
): Promise<FileText> {
  const disk = await snapshots.diskPath(await snapshots.get(id), path, signal)
  if (disk === undefined) throw new HoldfastError('path/not-found', { detail: 'The snapshot is of another computer.' })
  try {
    const file = await open(bytesOf(disk), 'r')
    try {
      const buffer = Buffer.alloc(limitBytes + 1)
      const { bytesRead } = await file.read(buffer, 0, buffer.length, 0)
      return decodeText(buffer.subarray(0, Math.min(bytesRead, limitBytes)), bytesRead > limitBytes)
    } finally {
      await file.close()
    }
  } catch (cause) {
    const detail = displayPath(disk)
    if (errorCode(cause) === 'ENOENT') throw new HoldfastError('path/not-found', { detail, cause })
    throw new HoldfastError('file/unreadable', { detail, cause })
  }
}

/** Size and time of a path on disk; undefined when it is not there. */
export async function statOnDisk(path: string): Promise<{ sizeBytes: number; modifiedAt: number } | undefined> {
  const status = await stat(bytesOf(path)).catch(() => undefined)
  return status === undefined ? undefined : { sizeBytes: status.size, modifiedAt: Math.trunc(status.mtimeMs) }
}

export interface TextRequest {
  readonly id: SnapshotId
  readonly path: string
  readonly limitBytes: number
}

function bytesOf(path: string): Buffer {
  return Buffer.from(pathTextToBytes(path))
}
