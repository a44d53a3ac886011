import type { FileEntry, TreeEntry } from '../tree.ts'
import type { PayloadRef } from './payload-ref.ts'

/** A regular file out of a pxar archive. Its `open` works before the next entry is asked for. */
export interface PxarFileEntry extends FileEntry {
  /** In split archives: where the content is. */
  readonly payload?: PayloadRef | undefined
}

/** What a decoder gives: fit for whoever takes a tree. */
export type PxarEntry = Exclude<TreeEntry, { readonly kind: 'file' }> | PxarFileEntry
