import { HoldfastError } from '../../../src-shared/errors.ts'
import type { TreeEntry } from '../tree.ts'
import type { PxarEncoder } from './encoder.ts'

/** A file, or another name of it, that could not be read and is left out. Names are bytes. */
export type OnUnreadable = (name: Uint8Array, error: HoldfastError) => void

/** Feeds a whole tree to an encoder and finishes the archive. Without `onUnreadable` the first unreadable file throws. */
export async function encodeTree(
  entries: AsyncIterable<TreeEntry>,
  encoder: PxarEncoder,
  onUnreadable?: OnUnreadable,
): Promise<void> {
  for await (const entry of entries) {
    try {
      const pending = encoder.add(entry)
      if (pending !== undefined) await pending
    } catch (error) {
      const mayBeSkipped = entry.kind === 'file' || entry.kind === 'hardlink'
      if (!mayBeSkipped || onUnreadable === undefined) throw error
      if (!(error instanceof HoldfastError) || error.code !== 'file/unreadable') throw error
      onUnreadable(entry.name, error)
    }
  }
  await encoder.finish()
}
