import { open } from 'node:fs/promises'
import { changeDisk } from '../../../storage/datastore/disk-error.ts'
import type { CasyncIndex } from '../index/casync-index.ts'
import type { ChunkStore } from '../store/chunk-store.ts'
import { createNewFile } from '../store/new-file.ts'
import { type ReadOptions, readIndexed } from './read-indexed.ts'

export interface ExtractOptions extends Pick<ReadOptions, 'concurrency'> {
  /**
   * Writes over what is there instead of putting a new file in its place: for devices, and for files that others have open.
   * A file is as long as the blob afterwards, which casync forgets (spec casync §15, 16); one that breaks off stays mixed.
   */
  readonly isInPlace?: boolean | undefined
}

/** Puts a blob into a file, which appears when all of it is there. Returns its length. */
export async function extractBlob(
  index: CasyncIndex,
  store: ChunkStore,
  target: string,
  options: ExtractOptions,
  signal: AbortSignal,
): Promise<bigint> {
  const pieces = readIndexed(index, store, { ...options, freesPieces: true }, signal)
  if (options.isInPlace === true) await overwrite(pieces, target, index.sizeBytes)
  else await replace(pieces, target)
  return index.sizeBytes
}

async function replace(pieces: AsyncIterable<Uint8Array>, target: string): Promise<void> {
  const file = await createNewFile(target)
  try {
    for await (const piece of pieces) await file.write(piece)
    await file.commit()
  } finally {
    await file.discard()
  }
}

async function overwrite(pieces: AsyncIterable<Uint8Array>, target: string, sizeBytes: bigint): Promise<void> {
  await changeDisk(target, async () => {
    const handle = await open(target, 'r+')
    try {
      let at = 0
      for await (const piece of pieces) {
        for (let written = 0; written < piece.length; ) {
          written += (await handle.write(piece, written, piece.length - written, at + written)).bytesWritten
        }
        at += piece.length
      }
      // A blob that long was just written: it is below 2^53.
      if ((await handle.stat()).isFile()) await handle.truncate(Number(sizeBytes))
      await handle.sync()
    } finally {
      await handle.close()
    }
  })
}
