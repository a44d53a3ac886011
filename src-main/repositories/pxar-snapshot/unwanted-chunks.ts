import type { Digest } from '../../../src-shared/model/digest.ts'
import { headerBytes } from '../../archive/pxar/items.ts'
import type { PxarFileEntry } from '../../archive/pxar/pxar-entry.ts'
import type { FileEntry } from '../../archive/tree.ts'
import type { ChunkIndex } from '../../storage/chunk-index.ts'
import type { ContentPlace } from '../rewrite/compare-trees.ts'
import type { PxarSnapshotReader } from './snapshot-reader.ts'

/** The payload stream of a split archive; undefined where contents are between the names. */
export async function payloadOf(
  reader: Pick<PxarSnapshotReader, 'snapshot' | 'index'>,
  tree: string,
  signal: AbortSignal,
): Promise<ChunkIndex | undefined> {
  const filename = `${tree}.ppxar.didx`
  const isThere = reader.snapshot.archives.some((archive) => archive.filename === filename)
  return isThere ? await reader.index(filename, signal) : undefined
}

/** Where the content of a file of a walk lies, with its header. */
export function payloadPlace(file: FileEntry, index: ChunkIndex | undefined): ContentPlace | undefined {
  const ref = (file as PxarFileEntry).payload // entries of a walk over a split archive are those of the decoder
  if (ref === undefined || index === undefined) return undefined
  return { index, start: ref.offset, end: ref.offset + BigInt(headerBytes) + ref.sizeBytes }
}

export function* chunksAt({ index, start, end }: ContentPlace) {
  let chunk = index.chunkAt(start)
  while (chunk !== undefined && chunk.offset < end) {
    yield chunk
    chunk = chunk.position + 1 < index.count ? index.at(chunk.position + 1) : undefined
  }
}

/**
 * Whether a split archive still has bytes of unwanted chunks that are no file of it. Backups that take over what did not
 * change inject whole chunks, and with them what is no longer listed (spec pbs §9.1). A chunk that is all files of this
 * archive stays: the same content is wanted under another name.
 */
export async function carriesUnwanted(
  reader: PxarSnapshotReader,
  tree: string,
  unwanted: ReadonlySet<Digest>,
  signal: AbortSignal,
): Promise<boolean> {
  const index = await payloadOf(reader, tree, signal)
  if (index === undefined) return false
  /** Bytes that are no file's, by position. */
  const stray = new Map<number, number>()
  for (const { position, digest, sizeBytes } of index) if (unwanted.has(digest)) stray.set(position, sizeBytes)
  if (stray.size === 0) return false
  const take = (position: number, bytes: number) => {
    const before = stray.get(position)
    if (before !== undefined) stray.set(position, before - bytes)
  }
  // The markers at the ends of the stream (§7.5).
  take(0, headerBytes)
  take(index.count - 1, headerBytes)
  for await (const entry of reader.walk(tree, { contents: false }, signal)) {
    const place = entry.kind === 'file' ? payloadPlace(entry, index) : undefined
    if (place === undefined) continue
    for (const { position, offset, sizeBytes } of chunksAt(place)) {
      const from = place.start > offset ? place.start : offset
      const end = offset + BigInt(sizeBytes)
      take(position, Number((place.end < end ? place.end : end) - from))
    }
  }
  return [...stray.values()].some((bytes) => bytes > 0)
}
