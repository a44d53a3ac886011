/**
 * A file tree as a stream, the shape that sources, archive formats, repositories and restores have in common. Entries
 * come depth first: a directory, then its children, then `leave`. The first entry is the root directory, whose name is
 * empty; the last is its `leave`. Names are bytes, since a file system promises nothing else.
 */
export type TreeEntry =
  | { readonly kind: 'directory'; readonly name: Uint8Array; readonly metadata: Metadata }
  | { readonly kind: 'leave' }
  | FileEntry
  | { readonly kind: 'symlink'; readonly name: Uint8Array; readonly metadata: Metadata; readonly target: Uint8Array }
  /** Another name of a regular file that came earlier. `target` is its path from the root, without a leading slash. */
  | { readonly kind: 'hardlink'; readonly name: Uint8Array; readonly target: Uint8Array }
  | DeviceEntry
  | { readonly kind: 'fifo' | 'socket'; readonly name: Uint8Array; readonly metadata: Metadata }

export interface FileEntry {
  readonly kind: 'file'
  readonly name: Uint8Array
  readonly metadata: Metadata
  /** As the file system or the archive says; the content may turn out shorter or longer. */
  readonly sizeBytes: bigint
  /** How many names it has. Undefined where that is unknown; 1 promises that no later hard link names it. */
  readonly linkCount?: number | undefined
  /** May be called once, before the stream goes on. Throws `file/unreadable` when the file cannot be opened. */
  open(): FileContent | Promise<FileContent>
}

export interface DeviceEntry {
  readonly kind: 'block-device' | 'char-device'
  readonly name: Uint8Array
  readonly metadata: Metadata
  readonly major: bigint
  readonly minor: bigint
}

/** Reads forward. Returns how many bytes were put into `into`; 0 is the end. The reader closes it, also after an error. */
export interface FileContent {
  read(into: Uint8Array): number | Promise<number>
  close(): void | Promise<void>
}

/** What an entry carries besides its name and content. */
export interface Metadata {
  /** The 07777 bits of st_mode. */
  readonly permissions: number
  readonly uid: number
  readonly gid: number
  /** Nanoseconds since 1970, negative before. */
  readonly mtimeNs: bigint
  /** chattr and FAT attribute bits as in spec pbs §7.6; 0 where unknown. */
  readonly flags: bigint
  /** In the order of the file system. Without ACLs and capabilities, which have their own fields. */
  readonly xattrs: readonly ExtendedAttribute[]
  readonly acl?: AccessControlList | undefined
  /** Raw value of security.capability. */
  readonly capability?: Uint8Array | undefined
  readonly quotaProjectId?: bigint | undefined
  /** Names of the owners where they are known; casync archives carry them, pxar does not. Nothing for uid or gid 0. */
  readonly ownerName?: string | undefined
  readonly groupName?: string | undefined
  /** Raw value of security.selinux without the NUL at its end. Only casync archives carry it. */
  readonly selinuxLabel?: Uint8Array | undefined
  /** Of a directory that is the top of a btrfs subvolume. Only casync archives carry it. */
  readonly subvolume?: 'writable' | 'read-only' | undefined
}

export interface ExtendedAttribute {
  readonly name: Uint8Array
  readonly value: Uint8Array
}

/** POSIX ACLs. Permissions are r=4 w=2 x=1. Rows are sorted by id. */
export interface AccessControlList {
  readonly users: readonly AclRow[]
  readonly groups: readonly AclRow[]
  /** The owning group's own permissions; present only when the access ACL has a mask (then the mode holds the mask). */
  readonly groupObject?: number | undefined
  /** Directories only. */
  readonly defaults?: DefaultAcl | undefined
}

export interface AclRow {
  readonly id: number
  readonly permissions: number
  /** As `ownerName`. */
  readonly name?: string | undefined
}

export interface DefaultAcl {
  readonly userObject?: number | undefined
  readonly groupObject?: number | undefined
  readonly other?: number | undefined
  readonly mask?: number | undefined
  readonly users: readonly AclRow[]
  readonly groups: readonly AclRow[]
}
