import { type ErrorCode, HoldfastError } from '../../../src-shared/errors.ts'
import type { TreeEntry } from '../tree.ts'
import type { PxarEncoder } from './encoder.ts'

/** An entry that could not be read, or not be kept in the format, and is left out. Names are bytes. */
export type OnLeftOut = (name: Uint8Array, error: HoldfastError) => void

/** Feeds a whole tree to an encoder and finishes the archive. Without `onLeftOut` the first unreadable file throws. */
export async function encodeTree(
  entries: AsyncIterable<TreeEntry>,
  encoder: PxarEncoder,
  onLeftOut?: OnLeftOut,
): Promise<void> {
  for await (const entry of entries) {
    try {
      const pending = encoder.add(entry)
      if (pending !== undefined) await pending
    } catch (error) {
      // A directory cannot be left out: its children would come nevertheless.
      if (entry.kind === 'directory' || entry.kind === 'leave' || onLeftOut === undefined) throw error
      const isHarmless = error instanceof HoldfastError && harmless.has(error.code)
      if (!isHarmless) throw error
      onLeftOut(entry.name, error)
    }
  }
  await encoder.finish()
}

/** After these the encoder goes on. */
const harmless: ReadonlySet<ErrorCode> = new Set(['file/unreadable', 'input/invalid'])
