import { HoldfastError } from '../../../src-shared/errors.ts'
import { bytesToPathText } from '../../../src-shared/model/path-text.ts'
import type { FileContent, FileEntry, TreeEntry } from '../../archive/tree.ts'
import type { ChunkIndex } from '../../storage/chunk-index.ts'
import { areSameBytes, isSameEntry } from '../pxar-snapshot/same-metadata.ts'

/** Where the content of a file lies in a stream of chunks. */
export interface ContentPlace {
  readonly index: Pick<ChunkIndex, 'count' | 'at' | 'chunkAt'>
  readonly start: bigint
  readonly end: bigint
}

export interface CompareOptions {
  /** The name of the tree, for the message. */
  readonly tree: string
  /** Undefined where content does not lie in one piece: then it is read. */
  placeOf(file: FileEntry, side: 'old' | 'fresh'): ContentPlace | undefined
  /** Content that was read on both sides. */
  bytes?(count: number): void
  readonly signal: AbortSignal
}

const bufferBytes = 256 << 10

/**
 * Holds two trees against each other, entry by entry. Content that lies in the same chunks at the same places is the same;
 * any other is read on both sides and compared. Throws `copy/mismatch` where they differ.
 */
export async function compareTrees(
  old: AsyncIterable<TreeEntry>,
  fresh: AsyncIterable<TreeEntry>,
  options: CompareOptions,
): Promise<void> {
  const others = fresh[Symbol.asyncIterator]()
  const path = [options.tree]
  try {
    for await (const entry of old) {
      options.signal.throwIfAborted()
      const { value: other, done } = await others.next()
      if (entry.kind !== 'leave' && entry.name.length > 0) path.push(bytesToPathText(entry.name))
      const isSame = done !== true && (await isSameAs(entry, other, options))
      if (!isSame) throw mismatch(path)
      if (entry.kind !== 'directory' && (entry.kind === 'leave' || entry.name.length > 0)) path.pop()
    }
    if ((await others.next()).done !== true) throw mismatch(path)
  } finally {
    await others.return?.()
  }
}

async function isSameAs(entry: TreeEntry, other: TreeEntry, options: CompareOptions): Promise<boolean> {
  if (entry.kind === 'leave' || other.kind === 'leave') return entry.kind === other.kind
  if (!areSameBytes(entry.name, other.name) || !isSameEntry(entry, other) || !isSameNaming(entry, other)) return false
  if (entry.kind !== 'file' || other.kind !== 'file') return true
  if (entry.sizeBytes !== other.sizeBytes) return false
  return isSamePlace(entry, other, options) || (await isSameContent(entry, other, options))
}

/** What only some formats know. */
function isSameNaming(entry: TreeEntry, other: TreeEntry): boolean {
  if (!('metadata' in entry) || !('metadata' in other)) return !('metadata' in entry) && !('metadata' in other)
  const [a, b] = [entry.metadata, other.metadata]
  return (
    a.ownerName === b.ownerName &&
    a.groupName === b.groupName &&
    a.subvolume === b.subvolume &&
    areSameBytes(a.selinuxLabel, b.selinuxLabel)
  )
}

function isSamePlace(file: FileEntry, other: FileEntry, { placeOf }: CompareOptions): boolean {
  const [a, b] = [placeOf(file, 'old'), placeOf(other, 'fresh')]
  if (a === undefined || b === undefined || a.end - a.start !== b.end - b.start) return false
  const length = a.end - a.start
  for (let done = 0n; done < length; ) {
    const [chunk, twin] = [a.index.chunkAt(a.start + done), b.index.chunkAt(b.start + done)]
    if (chunk === undefined || twin === undefined || chunk.digest !== twin.digest) return false
    const skipped = a.start + done - chunk.offset
    if (skipped !== b.start + done - twin.offset || chunk.sizeBytes !== twin.sizeBytes) return false
    done += BigInt(chunk.sizeBytes) - skipped
  }
  return true
}

async function isSameContent(file: FileEntry, other: FileEntry, { bytes, signal }: CompareOptions): Promise<boolean> {
  const a = await file.open()
  try {
    const b = await other.open()
    try {
      const [mine, theirs] = [new Uint8Array(bufferBytes), new Uint8Array(bufferBytes)]
      for (;;) {
        signal.throwIfAborted()
        const [got, found] = [await fill(a, mine), await fill(b, theirs)]
        if (got !== found || Buffer.compare(mine.subarray(0, got), theirs.subarray(0, got)) !== 0) return false
        if (got === 0) return true
        bytes?.(got)
      }
    } finally {
      await b.close()
    }
  } finally {
    await a.close()
  }
}

/** As much as there is room for: pieces come in other sizes on each side. */
async function fill(content: FileContent, into: Uint8Array): Promise<number> {
  let filled = 0
  while (filled < into.length) {
    const got = await content.read(into.subarray(filled))
    if (got === 0) break
    filled += got
  }
  return filled
}

function mismatch(path: readonly string[]): HoldfastError {
  return new HoldfastError('copy/mismatch', {
    detail: `${path.join('/')} differs.`,
    hint: 'The snapshot was left as it is. Verify it, then try again.',
  })
}
