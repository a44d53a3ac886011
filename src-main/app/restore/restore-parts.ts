import { HoldfastError } from '../../../src-shared/errors.ts'
import type { RestoreOptions } from '../../../src-shared/model/restore.ts'
import type { Metadata, TreeEntry } from '../../archive/tree.ts'
import type { SnapshotReader, WalkOptions } from '../../repositories/repository.ts'
import { reroot } from './reroot.ts'
import { outermost, type PathInSnapshot } from './snapshot-path.ts'

/** One stream of entries and the folder it goes into. Each is read once, one after the other. */
export interface RestorePart {
  readonly target: string
  readonly entries: AsyncIterable<TreeEntry>
  /** Prefix of the entries' paths inside the snapshot; undefined where several places come together. */
  readonly tree: string | undefined
}

/**
 * What a restore brings where. To the original place each archive is a part of its own; into a folder all that was chosen
 * comes together under its own names. Throws `path/not-found`, `input/invalid`.
 */
export async function restoreParts(
  reader: SnapshotReader,
  options: Pick<RestoreOptions, 'paths' | 'target'>,
  walk: Pick<WalkOptions, 'contents' | 'stages'>,
  signal: AbortSignal,
): Promise<RestorePart[]> {
  const chosen = outermost(options.paths) ?? reader.trees.map((tree) => ({ tree, names: [] }))
  for (const { tree } of chosen) {
    if (!reader.trees.includes(tree)) throw new HoldfastError('path/not-found', { detail: tree })
  }
  const byTree = Map.groupBy(chosen, (path) => path.tree)
  if (options.target.kind === 'folder') {
    const target = options.target.path
    return [{ target, entries: together(reader, byTree, walk, signal), tree: undefined }]
  }
  const facts = await reader.facts(signal)
  return [...byTree].map(([tree, paths]) => {
    const root = facts?.roots.find((one) => one.archive === tree)?.path
    if (root === undefined) {
      throw new HoldfastError('input/invalid', {
        detail: `The snapshot does not say where “${tree}” came from.`,
        hint: 'Choose a folder to restore to.',
      })
    }
    return { target: root, entries: reader.walk(tree, { ...walk, select: selectionOf(paths) }, signal), tree }
  })
}

/** Undefined is the whole tree. */
function selectionOf(paths: readonly PathInSnapshot[]): readonly (readonly Uint8Array[])[] | undefined {
  return paths.some((path) => path.names.length === 0) ? undefined : paths.map((path) => path.names)
}

async function* together(
  reader: SnapshotReader,
  byTree: ReadonlyMap<string, readonly PathInSnapshot[]>,
  walk: Pick<WalkOptions, 'contents' | 'stages'>,
  signal: AbortSignal,
): AsyncGenerator<TreeEntry> {
  yield { kind: 'directory', name: new Uint8Array(0), metadata: plainFolder() }
  const taken = new Set<string>()
  for (const [tree, paths] of byTree) {
    const select = selectionOf(paths)
    const entries = reader.walk(tree, { ...walk, select }, signal)
    yield* reroot(entries, { select: select ?? [[]], rootName: Buffer.from(tree), taken })
  }
  yield { kind: 'leave' }
}

/** The folder restored into is not part of the snapshot; when it is made, it is as if the person had made it. */
function plainFolder(): Metadata {
  return {
    permissions: 0o755,
    uid: process.geteuid?.() ?? 0,
    gid: process.getegid?.() ?? 0,
    mtimeNs: BigInt(Date.now()) * 1_000_000n,
    flags: 0n,
    xattrs: [],
  }
}
