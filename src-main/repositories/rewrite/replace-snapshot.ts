import type { SnapshotReplacement } from '../../storage/datastore/snapshot-replacement.ts'
import type { SnapshotReader } from '../repository.ts'

export interface ReplaceOptions<Reader> {
  readonly replacement: SnapshotReplacement
  /** Trees that are written anew. */
  readonly trees: ReadonlySet<string>
  /** The old form, or the new one once it is written. Nobody else may look at either. */
  open(side: 'old' | 'fresh'): Promise<Reader>
  write(old: Reader): Promise<void>
  /** Throws where the two forms of a tree differ in more than they should. */
  compare(old: Reader, fresh: Reader, tree: string): Promise<void>
  readonly merge: Parameters<SnapshotReplacement['swap']>[0]
  readonly signal: AbortSignal
}

/** Writes the new form of a snapshot, reads it back, and only then lets the two change places. Ends the replacement. */
export async function replaceSnapshot<Reader extends Pick<SnapshotReader, 'close'>>(
  options: ReplaceOptions<Reader>,
): Promise<void> {
  const { replacement, merge, signal } = options
  try {
    await writeAndCompare(options)
    signal.throwIfAborted()
    await replacement.swap(merge)
  } finally {
    await replacement.draft.discard()
  }
}

async function writeAndCompare<Reader extends Pick<SnapshotReader, 'close'>>({
  trees,
  open,
  write,
  compare,
}: ReplaceOptions<Reader>): Promise<void> {
  const old = await open('old')
  try {
    await write(old)
    const fresh = await open('fresh')
    try {
      for (const tree of trees) await compare(old, fresh, tree)
    } finally {
      await fresh.close()
    }
  } finally {
    await old.close()
  }
}
