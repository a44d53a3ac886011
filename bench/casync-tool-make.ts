import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import path from 'node:path'
import { chooseFeatures, featureSet } from '../src-main/archive/catar/feature-flags.ts'
import type { FileEntry } from '../src-main/archive/tree.ts'
import { defaultChunkSizes } from '../src-main/engines/casync/chunker/chunk-sizes.ts'
import { makeTreeIndex } from '../src-main/engines/casync/operations/make.ts'
import type { ChunkWriter } from '../src-main/engines/casync/store/chunk-writer.ts'
import { openFileSystemCalls } from '../src-main/os/open-file-system-calls.ts'
import { walkTree } from '../src-main/sources/files/walk.ts'

const { signal } = new AbortController()

/** Of casync-tool.ts. */
export async function make(
  tree: string,
  indexFile: string,
  writer: ChunkWriter,
  { hasDigest }: { readonly hasDigest: boolean },
): Promise<void> {
  const walk = walkTree(
    tree,
    {
      calls: openFileSystemCalls(),
      exclude: [],
      readExcludeFiles: false,
      fileSystems: 'all',
      skipLostAndFound: false,
      entriesLimit: 10_000_000,
      recordExcludes: false,
    },
    { problem() {} },
    signal,
  )
  const hash = hasDigest ? createHash('sha512-256') : undefined
  const header = { featureFlags: chooseFeatures({ with: featureSet.unix }), sizes: defaultChunkSizes }
  await makeTreeIndex(walk, {
    header,
    hash,
    writer,
    indexFile,
    signal,
    tree: { openLink: async ({ name, target }) => await linkedFile(tree, name, target) },
  })
  if (hash !== undefined) console.log(hash.digest('hex'))
}

async function linkedFile(tree: string, name: Uint8Array, target: Uint8Array): Promise<FileEntry> {
  const handle = await open(path.join(tree, Buffer.from(target).toString()))
  const { mode, uid, gid, mtimeMs, size } = await handle.stat()
  const mtimeNs = BigInt(Math.floor(mtimeMs)) * 1_000_000n
  return {
    kind: 'file',
    name,
    sizeBytes: BigInt(size),
    metadata: { permissions: mode & 0o7777, uid, gid, mtimeNs, flags: 0n, xattrs: [] },
    open: () => ({
      read: async (into) => (await handle.read(into)).bytesRead,
      close: () => handle.close(),
    }),
  }
}
