import type { TreeEntry } from '../../archive/tree.ts'
import type { IndexEntry } from '../../catalog/index/index-entry.ts'
import type { SnapshotReader } from '../../repositories/repository.ts'

/** All trees of a snapshot as the index wants them: one after the other, the root of each under its archive's name. */
export async function* indexEntries(reader: SnapshotReader, signal: AbortSignal): AsyncGenerator<IndexEntry> {
  for (const tree of reader.trees) {
    /** Sizes of files with several names, by path: a hard link shows the size of what it names. */
    const sizes = new Map<string, bigint>()
    const path: Uint8Array[] = []
    let isRoot = true
    for await (const entry of reader.walk(tree, { contents: false }, signal)) {
      if (entry.kind === 'leave') {
        path.pop()
        yield entry
        continue
      }
      const name = isRoot ? Buffer.from(tree) : entry.name
      if (entry.kind === 'file' && entry.linkCount !== 1) sizes.set(keyOf([...path.slice(1), name]), entry.sizeBytes)
      yield describe(entry, name, sizes)
      if (entry.kind === 'directory') path.push(name)
      isRoot = false
    }
  }
}

function describe(
  entry: Exclude<TreeEntry, { kind: 'leave' }>,
  name: Uint8Array,
  sizes: Map<string, bigint>,
): IndexEntry {
  if (entry.kind === 'hardlink') {
    const sizeBytes = sizes.get(Buffer.from(entry.target).toString('latin1')) ?? 0n
    return { kind: 'hardlink', name, sizeBytes, mtimeNs: 0n, permissions: 0, uid: 0, gid: 0, target: entry.target }
  }
  const { permissions, uid, gid, mtimeNs } = entry.metadata
  return {
    kind: entry.kind,
    name,
    sizeBytes: entry.kind === 'file' ? entry.sizeBytes : 0n,
    mtimeNs,
    permissions,
    uid,
    gid,
    ...(entry.kind === 'symlink' ? { target: entry.target } : {}),
  }
}

function keyOf(names: readonly Uint8Array[]): string {
  return names.map((name) => Buffer.from(name).toString('latin1')).join('/')
}
