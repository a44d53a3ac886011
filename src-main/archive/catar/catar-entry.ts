import type { FileEntry, TreeEntry } from '../tree.ts'

/** A regular file out of a catar. Its `open` works before the next entry is asked for. */
export interface CatarFileEntry extends FileEntry {
  /** Where the content begins in the archive. */
  readonly contentStart: number
  /** The same place in the stream that was decoded, which may leave contents out. */
  readonly streamStart: number
}

/** What a decoder gives: fit for whoever takes a tree. */
export type CatarEntry = Exclude<TreeEntry, { readonly kind: 'file' }> | CatarFileEntry
