import type { Digest } from '../../../src-shared/model/digest.ts'
import type { SnapshotRef } from '../../../src-shared/model/snapshot.ts'
import type { CryptConfig } from '../../storage/crypt-config.ts'
import type { Datastore } from '../../storage/datastore/datastore.ts'
import type { SealerPool } from '../pxar-snapshot/sealer-pool.ts'
import type { PxarSnapshotReader } from '../pxar-snapshot/snapshot-reader.ts'
import { carriesUnwanted, chunksAt, payloadOf, payloadPlace } from '../pxar-snapshot/unwanted-chunks.ts'
import type { HeldPaths, PathRemover, RemoveOptions, StoredSnapshot, TreePath } from '../repository.ts'
import { findHeld } from '../rewrite/held-paths.ts'
import { RemovedPaths } from '../rewrite/removed-paths.ts'
import { rewriteSnapshot } from './rewrite-snapshot.ts'

export interface PathRemoverOptions {
  readonly keys: readonly CryptConfig[]
  readonly sealers: SealerPool
  readonly now: () => number
  readonly open: (ref: SnapshotRef, signal: AbortSignal) => Promise<PxarSnapshotReader>
}

/** Takes paths out of the snapshots of a datastore on this computer. */
export function createPathRemover(
  store: Datastore,
  { open, ...options }: PathRemoverOptions,
  paths: readonly TreePath[],
): PathRemover {
  const removed = new RemovedPaths(paths)
  /** Chunks with bytes of what goes: no snapshot takes one over. */
  const unwanted = new Set<Digest>()

  const lookInto = async (reader: PxarSnapshotReader, signal: AbortSignal) => {
    const payloads = new Map(
      await Promise.all(reader.trees.map(async (tree) => [tree, await payloadOf(reader, tree, signal)] as const)),
    )
    const onFile: Parameters<typeof findHeld>[2] = (tree, file) => {
      const place = payloadPlace(file, payloads.get(tree))
      if (place !== undefined) for (const { digest } of chunksAt(place)) unwanted.add(digest)
    }
    return await findHeld(reader, removed, onFile, signal)
  }

  const treesToRewrite = async (ref: SnapshotRef, signal: AbortSignal): Promise<ReadonlySet<string>> => {
    const reader = await open(ref, signal)
    try {
      const trees = new Set((await lookInto(reader, signal)).trees)
      for (const tree of reader.trees) {
        if (!trees.has(tree) && (await carriesUnwanted(reader, tree, unwanted, signal))) trees.add(tree)
      }
      return trees
    } finally {
      await reader.close()
    }
  }

  return {
    async look(ref, signal): Promise<HeldPaths> {
      const reader = await open(ref, signal)
      try {
        const { entries, bytes } = await lookInto(reader, signal)
        return { entries, bytes }
      } finally {
        await reader.close()
      }
    },
    async remove(ref, wish: RemoveOptions, signal): Promise<StoredSnapshot | undefined> {
      const trees = await treesToRewrite(ref, signal)
      if (trees.size === 0) return undefined
      return await rewriteSnapshot(store, ref, { ...options, ...wish, trees, removed, unwanted }, signal)
    },
  }
}
