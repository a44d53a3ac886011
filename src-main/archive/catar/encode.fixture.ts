import { MemorySink } from '../memory-sink.fixture.ts'
import type { TreeEntry } from '../tree.ts'
import { encodeCatarTree } from './encode-tree.ts'
import { CatarEncoder } from './encoder.ts'

/** The archive of a tree, in memory. With `blockBytes` the sink is slow, too. */
export async function encodeInMemory(
  entries: AsyncIterable<TreeEntry>,
  featureFlags: bigint,
  blockBytes?: number,
): Promise<Uint8Array> {
  const output = new MemorySink(blockBytes !== undefined)
  const { signal } = new AbortController()
  await encodeCatarTree(entries, new CatarEncoder({ output, featureFlags, signal, blockBytes }))
  return output.bytes
}
