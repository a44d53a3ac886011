import { readFile } from 'node:fs/promises'
import { decodeCatar } from '../src-main/archive/catar/decoder.ts'
import { CasyncIndex } from '../src-main/engines/casync/index/casync-index.ts'
import { readIndexed } from '../src-main/engines/casync/operations/read-indexed.ts'
import type { ChunkStore } from '../src-main/engines/casync/store/chunk-store.ts'
import { openFileSystemCalls } from '../src-main/os/open-file-system-calls.ts'
import { extractTree } from '../src-main/sources/files/extract.ts'

const { signal } = new AbortController()

/** Of casync-tool.ts. */
export async function extract(indexFile: string, store: ChunkStore, target: string): Promise<void> {
  const index = CasyncIndex.parse(await readFile(indexFile))
  const entries = decodeCatar(readIndexed(index, store, { freesPieces: true }, signal), { signal })
  const options = {
    calls: openFileSystemCalls(),
    conflict: 'overwrite',
    carryOver: { owner: true, permissions: true, times: true, attributes: true, links: true },
    applyToRoot: true,
    safetyCopy: undefined,
    sync: false,
  } as const
  await extractTree(entries, target, options, { problem() {}, warning() {} }, signal)
}
