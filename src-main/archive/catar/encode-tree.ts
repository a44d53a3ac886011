import { type ErrorCode, HoldfastError } from '../../../src-shared/errors.ts'
import type { FileEntry, TreeEntry } from '../tree.ts'
import type { CatarEncoder } from './encoder.ts'
import { isKindCarried } from './entry-record.ts'
import { featureFlag } from './feature-flags.ts'

export interface EncodeTreeOptions {
  /** An entry that could not be read, or not be kept, and is left out. Without it the first such throws. */
  readonly onLeftOut?: ((name: Uint8Array, error: HoldfastError) => void) | undefined
  /** Hard links become files of their own: the file at `target`, from the root, under the name of the link. */
  readonly openLink?: ((entry: HardlinkEntry) => Promise<FileEntry>) | undefined
}

export type HardlinkEntry = Extract<TreeEntry, { readonly kind: 'hardlink' }>

/**
 * Feeds a whole tree to an encoder and finishes the archive. Leaves out what casync leaves out (spec casync §10.7): kinds
 * that the features do not have, and, with EXCLUDE_NODUMP, what is marked so, with everything below.
 */
export async function encodeCatarTree(
  entries: AsyncIterable<TreeEntry>,
  encoder: CatarEncoder,
  { onLeftOut, openLink }: EncodeTreeOptions = {},
): Promise<void> {
  /** How deep in a directory that is left out. */
  let skippedDepth = 0
  let isRoot = true
  for await (const next of entries) {
    if (skippedDepth > 0) {
      if (next.kind === 'directory') skippedDepth++
      else if (next.kind === 'leave') skippedDepth--
      continue
    }
    try {
      const entry = next.kind === 'hardlink' && openLink !== undefined ? await openLink(next) : next
      if (!isRoot && isExcluded(entry, encoder.featureFlags)) {
        if (entry.kind === 'directory') skippedDepth = 1
        continue
      }
      isRoot = false
      const pending = encoder.add(entry)
      if (pending !== undefined) await pending
    } catch (error) {
      // A directory cannot be left out: its children would come nevertheless.
      if (next.kind === 'directory' || next.kind === 'leave' || onLeftOut === undefined) throw error
      if (!(error instanceof HoldfastError && harmless.has(error.code))) throw error
      onLeftOut(next.name, error)
    }
  }
  await encoder.finish()
}

/** After these the encoder goes on. */
const harmless: ReadonlySet<ErrorCode> = new Set(['file/unreadable', 'input/invalid'])

function isExcluded(entry: TreeEntry, flags: bigint): boolean {
  if (entry.kind === 'leave' || entry.kind === 'hardlink') return false
  if (!isKindCarried(entry.kind, flags)) return true
  const isNoDump = (entry.metadata.flags & featureFlag.noDump) !== 0n
  return isNoDump && (flags & featureFlag.excludeNoDump) !== 0n
}
