import type { OwnerNames } from './owner-names.ts'

/**
 * What backup and restore need of a file system, with names as bytes. Node's own `fs` lacks extended attributes,
 * nanosecond times, device nodes and calls relative to an open directory; each platform fills in what it can and says
 * in `capabilities` what it cannot.
 *
 * All calls are synchronous: they run in worker threads, where a call costs a microsecond and a promise ten. A failed
 * call throws an `Error` with Node's `code` (`ENOENT`, `EACCES`, …).
 */
export interface FileSystemCalls {
  readonly capabilities: FileSystemCapabilities
  /** Who the numbers of owners are. */
  readonly owners: OwnerNames
  /** Opens a directory by its path; links on the way are followed. The caller closes it. */
  openDirectory(path: Uint8Array): Directory
}

export interface FileSystemCapabilities {
  readonly xattrs: boolean
  readonly acls: boolean
  /** chattr flags and quota project ids. */
  readonly flags: boolean
  readonly deviceNodes: boolean
  readonly fifos: boolean
  readonly owners: boolean
  /** Times keep their nanoseconds; else they are off by up to a microsecond. */
  readonly nanoseconds: boolean
  /** Children are reached through their open parent: paths may be of any length, and no link on the way is followed. */
  readonly anchored: boolean
  /** Mount points and virtual file systems can be told apart. */
  readonly mounts: boolean
}

export type NodeKind = 'directory' | 'file' | 'symlink' | 'block-device' | 'char-device' | 'fifo' | 'socket'

/** What stat says. */
export interface NodeStatus {
  readonly kind: NodeKind
  /** The 07777 bits. */
  readonly permissions: number
  readonly uid: number
  readonly gid: number
  readonly sizeBytes: bigint
  /** Bytes on disk, less than the size for a sparse file. */
  readonly allocatedBytes: bigint
  readonly mtimeNs: bigint
  readonly links: number
  /** The file system, and the node in it. */
  readonly device: bigint
  readonly inode: bigint
  /** Of a device node. */
  readonly major: bigint
  readonly minor: bigint
}

/**
 * An open directory. Its children are named by bytes; none of the calls follows a link in the last component, and a
 * child's name never holds a slash (the caller's duty). After `close` nothing may be called.
 */
export interface Directory {
  /** Names without `.` and `..`, sorted by their bytes. */
  names(): Buffer[]
  /** Of the directory itself. */
  status(): NodeStatus
  lstat(name: Uint8Array): NodeStatus
  readLink(name: Uint8Array): Buffer
  /** Fails with ENOTDIR or ELOOP if the child is a link or no directory. The caller closes it. */
  openDirectory(name: Uint8Array): Directory
  /** `..` of this directory, for a walk that had to close it. The caller closes it. */
  openParent(): Directory
  /** Opens a regular file for reading, without touching its access time where that is permitted. Returns the descriptor. */
  openFile(name: Uint8Array): number
  /** Extended attributes, flags and project id of a child, or of the directory itself without a name. */
  attributes(name: Uint8Array | undefined, kind: NodeKind, wish: AttributeWish): NodeAttributes
  /** What kind of file system the directory is on. */
  fileSystem(): FileSystemKind

  makeDirectory(name: Uint8Array, permissions: number): void
  makeSymlink(name: Uint8Array, target: Uint8Array): void
  makeNode(name: Uint8Array, node: NewNode): void
  /** Another name for a file of `from`. Fails with EEXIST if the name is taken. */
  link(from: Directory, fromName: Uint8Array, name: Uint8Array): void
  /** Replaces what is there. Fails with EXDEV across file systems. */
  rename(name: Uint8Array, to: Directory, toName: Uint8Array): void
  unlink(name: Uint8Array): void
  removeDirectory(name: Uint8Array): void
  /** Fails with EEXIST if the name is taken. */
  renameNew(name: Uint8Array, toName: Uint8Array): void
  /** A file without a name, until `publish` gives it one. The caller closes it. */
  createFile(wish?: NewFileWish): NewFile
  /** For metadata of a child, or of the directory itself without a name. The caller closes it. */
  openNode(name: Uint8Array | undefined, kind: NodeKind): WritableNode
  /** Writes the whole file system out to the disk, where the platform can. */
  sync(): void
  /** The same beside other work: only one at a time. To be waited for before the directory is closed. */
  syncInBackground(): Promise<void>
  /** Tells others that this directory is in use, until it is closed. False if it is, or where that cannot be told. */
  lock(): boolean
  close(): void
}

export interface FileSystemKind {
  /** proc, sysfs and the like: their content is made up by the kernel and is never backed up. */
  readonly isVirtual: boolean
  /** The node's flags can be read by opening it, which costs little: a file system of this machine. */
  readonly hasFlags: boolean
  /** Some of its directories may be subvolumes. */
  readonly hasSubvolumes: boolean
}

export interface AttributeWish {
  readonly xattrs: boolean
  readonly flags: boolean
}

export interface NodeAttributes {
  readonly xattrs: readonly { readonly name: Buffer; readonly value: Buffer }[]
  /** chattr bits as `FS_IOC_GETFLAGS` gives them; 0 where unknown. */
  readonly flags: number
  /** 0 is none. */
  readonly projectId: number
  /** Of a directory that is the top of a Btrfs subvolume. Comes with the flags. */
  readonly subvolume?: 'writable' | 'read-only' | undefined
}

export type NewNode =
  | { readonly kind: 'fifo' | 'socket'; readonly permissions: number }
  | {
      readonly kind: 'block-device' | 'char-device'
      readonly permissions: number
      readonly major: bigint
      readonly minor: bigint
    }

/** A node whose metadata is being set. None of the calls follows a link. */
export interface WritableNode {
  setOwner(uid: number, gid: number): void
  setPermissions(permissions: number): void
  setModified(mtimeNs: bigint): void
  setXattr(name: Uint8Array, value: Uint8Array): void
  /** Fails with ENODATA if there is none. */
  removeXattr(name: Uint8Array): void
  /** chattr bits as for `FS_IOC_SETFLAGS`. Bits that a person cannot set stay as they are. */
  setFlags(flags: number): void
  setProjectId(id: number): void
  close(): void
}

export interface NewFileWish {
  /** What it will get in the end: saves a call where the platform can make it so. */
  readonly permissions?: number
  /**
   * It has this name from the beginning, and `publish` must be called with it. For directories that nobody else looks into
   * yet. Fails with EEXIST if the name is taken.
   */
  readonly name?: Uint8Array
}

export interface NewFile extends WritableNode {
  /** Open for writing; belongs to this object. */
  readonly fd: number
  /** Gives it its name, once. `new` fails with EEXIST if the name is taken, `replace` takes it over. */
  publish(name: Uint8Array, how: 'new' | 'replace'): void
}
