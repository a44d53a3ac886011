import type { FileContent, Metadata, TreeEntry } from '../../archive/tree.ts'

/** A file that a tree is to hold, by its path from the vbucket's folder. */
export interface PlacedFile {
  readonly path: string
  readonly sizeBytes: bigint
  readonly permissions: number
  /** Nanoseconds since 1970. */
  readonly mtimeNs: bigint
  /** Kept as an extended attribute: the same digest and time say that a file need not be read again. */
  readonly sha512?: string | undefined
  open(): FileContent | Promise<FileContent>
}

type Folder = Map<string, PlacedFile | Folder>

/** Where the digest of a file is kept. */
const DIGEST_ATTRIBUTE = Buffer.from('user.couchbase.sha512')

/** The entries of a folder with these files in it, depth first, names in the order of their bytes. */
export function* folderEntries(name: string, files: readonly PlacedFile[], mtimeNs: bigint): Generator<TreeEntry> {
  const root: Folder = new Map()
  for (const file of files) place(root, file)
  yield* entriesOf(name, root, mtimeNs)
}

export function folderEntry(name: string, mtimeNs: bigint): TreeEntry {
  return { kind: 'directory', name: Buffer.from(name), metadata: metadata(0o755, mtimeNs) }
}

export function fileEntry(name: string, file: PlacedFile): TreeEntry {
  const xattrs = file.sha512 === undefined ? [] : [{ name: DIGEST_ATTRIBUTE, value: Buffer.from(file.sha512, 'hex') }]
  return {
    kind: 'file',
    name: Buffer.from(name),
    metadata: { ...metadata(file.permissions, file.mtimeNs), xattrs },
    sizeBytes: file.sizeBytes,
    linkCount: 1,
    open: () => file.open(),
  }
}

/** The order in which a tree has its names. */
export function compareNames(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}

function place(root: Folder, file: PlacedFile): void {
  const parts = file.path.split('/')
  const name = parts.pop() ?? ''
  let folder = root
  for (const part of parts) {
    const known = folder.get(part)
    if (known instanceof Map) folder = known
    else {
      const made: Folder = new Map() // the manifest was checked: no path runs through a file
      folder.set(part, made)
      folder = made
    }
  }
  folder.set(name, file)
}

function* entriesOf(name: string, folder: Folder, mtimeNs: bigint): Generator<TreeEntry> {
  yield folderEntry(name, mtimeNs)
  for (const [child, item] of [...folder].sort(([a], [b]) => compareNames(a, b))) {
    if (item instanceof Map) yield* entriesOf(child, item, mtimeNs)
    else yield fileEntry(child, item)
  }
  yield { kind: 'leave' }
}

function metadata(permissions: number, mtimeNs: bigint): Metadata {
  return { permissions, uid: 0, gid: 0, mtimeNs, flags: 0n, xattrs: [] }
}
