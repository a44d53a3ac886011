import type { TreeEntry } from '../../archive/tree.ts'
import type { IndexEntry } from '../../catalog/index/index-entry.ts'
import type { SnapshotReader } from '../../repositories/repository.ts'

/** Files with several names whose facts are kept for their further names: decoders that do not know name counts name all. */
const maximumLinked = 200_000

type Linked = Pick<Extract<IndexEntry, { sizeBytes: bigint }>, 'sizeBytes' | 'mtimeNs' | 'permissions' | 'uid' | 'gid'>
const unknownFile: Linked = { sizeBytes: 0n, mtimeNs: 0n, permissions: 0, uid: 0, gid: 0 }

/** All trees of a snapshot as the index wants them: one after the other, the root of each under its archive's name. */
export async function* indexEntries(reader: SnapshotReader, signal: AbortSignal): AsyncGenerator<IndexEntry> {
  for (const tree of reader.trees) {
    /** By path: a hard link shows what the file it names is like. */
    const linked = new Map<string, Linked>()
    const path: Uint8Array[] = []
    let isRoot = true
    for await (const entry of reader.walk(tree, { contents: false }, signal)) {
      if (entry.kind === 'leave') {
        path.pop()
        yield entry
        continue
      }
      const name = isRoot ? Buffer.from(tree) : entry.name
      isRoot = false
      if (entry.kind === 'hardlink') {
        const { target } = entry
        const facts = linked.get(Buffer.from(target).toString('latin1')) ?? unknownFile
        yield { kind: 'hardlink', name, target, ...facts }
        continue
      }
      const facts = factsOf(entry)
      if (entry.kind === 'file' && entry.linkCount !== 1 && linked.size < maximumLinked) {
        linked.set(keyOf([...path.slice(1), name]), facts)
      }
      yield { kind: entry.kind, name, ...facts, ...(entry.kind === 'symlink' ? { target: entry.target } : {}) }
      if (entry.kind === 'directory') path.push(name)
    }
  }
}

function factsOf(entry: Exclude<TreeEntry, { kind: 'leave' | 'hardlink' }>): Linked {
  const { permissions, uid, gid, mtimeNs } = entry.metadata
  return { sizeBytes: entry.kind === 'file' ? entry.sizeBytes : 0n, mtimeNs, permissions, uid, gid }
}

function keyOf(names: readonly Uint8Array[]): string {
  return names.map((name) => Buffer.from(name).toString('latin1')).join('/')
}
