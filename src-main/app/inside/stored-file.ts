import { HoldfastError } from '../../../src-shared/errors.ts'
import type { SnapshotId } from '../../../src-shared/model/ids.ts'
import type { RandomAccess } from '../../archive/random-access.ts'
import type { SnapshotReader } from '../../repositories/repository.ts'
import { type PathInSnapshot, parseSnapshotPath } from '../restore/snapshot-path.ts'
import { takeBytes } from '../services/file-text.ts'
import type { SnapshotsService } from '../services/snapshots.ts'

export interface FileInSnapshot {
  readonly id: SnapshotId
  readonly path: string
}

/** A file of a snapshot, to be read in ranges. */
export class StoredFile implements RandomAccess {
  readonly sizeBytes: bigint
  readonly #reader: SnapshotReader
  readonly #path: PathInSnapshot

  constructor(reader: SnapshotReader, path: PathInSnapshot, sizeBytes: bigint) {
    this.#reader = reader
    this.#path = path
    this.sizeBytes = sizeBytes
  }

  async read(offset: bigint, length: number, signal: AbortSignal): Promise<Uint8Array> {
    return (await takeBytes(this.pieces({ offset, length: BigInt(length) }, signal), length)).bytes
  }

  pieces(range: { readonly offset: bigint; readonly length: bigint }, signal: AbortSignal): AsyncIterable<Uint8Array> {
    return this.#reader.content(this.#path.tree, this.#path.names, range, signal)
  }
}

/** Hands the file over for as long as `work` takes. Throws `path/not-found`, `snapshot/unknown`, what the repository throws. */
export async function withStoredFile<Result>(
  snapshots: SnapshotsService,
  { id, path }: FileInSnapshot,
  signal: AbortSignal,
  work: (file: StoredFile) => Promise<Result>,
): Promise<Result> {
  const snapshot = await snapshots.get(id)
  const parsed = parseSnapshotPath(path)
  if (parsed === undefined) throw new HoldfastError('path/not-found')
  return snapshots.withReader(snapshot, signal, async (reader) => {
    const { sizeBytes } = await reader.stat(parsed.tree, parsed.names, signal)
    return work(new StoredFile(reader, parsed, sizeBytes))
  })
}
