import type { EntryKind } from '../../../src-shared/model/entry.ts'

/**
 * A snapshot's tree as it goes into the index: depth first, as `TreeEntry` of the archives, several archives after another. The root of an
 * archive is a directory with the archive's base name; each directory ends with `leave`.
 */
export type IndexEntry =
  | { readonly kind: 'leave' }
  | {
      readonly kind: EntryKind
      /** Not empty, no slash, no NUL. */
      readonly name: Uint8Array
      readonly sizeBytes: bigint
      readonly mtimeNs: bigint
      readonly permissions: number
      readonly uid: number
      readonly gid: number
      /** Of symlinks and hard links. */
      readonly target?: Uint8Array | undefined
    }
