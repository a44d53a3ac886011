import { setImmediate as nextTurn } from 'node:timers/promises'
import type { ChunkRef } from '../../../storage/chunk-index.ts'
import { parseIndex } from '../../../storage/datastore/parse-index.ts'

/** A gigabyte of image, or a little less of files; others are served between two slices. */
const SLICE = 4096

/** Tells of every chunk that an index file names, without keeping others waiting. Throws `index/corrupt`. */
export async function registerIndex(
  filename: string,
  file: Uint8Array,
  { register, signal }: { readonly register: (chunk: ChunkRef) => void; readonly signal: AbortSignal },
): Promise<void> {
  let count = 0
  for (const chunk of parseIndex(filename, file)) {
    register(chunk)
    if (++count % SLICE !== 0) continue
    await nextTurn()
    signal.throwIfAborted()
  }
}
