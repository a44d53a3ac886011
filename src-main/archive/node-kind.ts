import type { TreeEntry } from './tree.ts'

/** The kinds that archives have a stat of: a hard link has its target's. */
export type NodeKind = Exclude<TreeEntry['kind'], 'leave' | 'hardlink'>

/** The S_IFMT bits of st_mode, the same in every format that keeps a mode. */
export const typeBits: Readonly<Record<NodeKind, number>> = {
  directory: 0o040000,
  file: 0o100000,
  symlink: 0o120000,
  'block-device': 0o060000,
  'char-device': 0o020000,
  fifo: 0o010000,
  socket: 0o140000,
}

const kinds: ReadonlyMap<number, NodeKind> = new Map(
  // The keys of the record are its declared ones: it is a constant of this file.
  (Object.keys(typeBits) as NodeKind[]).map((kind) => [typeBits[kind], kind]),
)

/** Undefined also where bits are set above those of a mode. */
export function kindOfMode(mode: number): NodeKind | undefined {
  return kinds.get(mode & ~0o7777)
}
