/**
 * What `casync make`, `casync extract` and the far end of ssh do, done by Holdfast's engine: for bench/casync.ts.
 *
 *     casync-tool.ts make TREE INDEX STORE
 *     casync-tool.ts make-digest TREE INDEX STORE    prints the digest of the whole as well
 *     casync-tool.ts extract INDEX STORE TARGET
 *     casync-tool.ts pull INDEX STORE                through a server of ours, over stdio; prints the digest of the whole
 *     casync-tool.ts serve pull - - INDEX STORE
 */
import { createHash, type Hash } from 'node:crypto'
import { open, readFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { decodeCatar } from '../src-main/archive/catar/decoder.ts'
import { chooseFeatures, featureSet } from '../src-main/archive/catar/feature-flags.ts'
import type { FileEntry } from '../src-main/archive/tree.ts'
import { defaultChunkSizes } from '../src-main/engines/casync/chunker/chunk-sizes.ts'
import { PullSession } from '../src-main/engines/casync/client/pull-session.ts'
import { startProgram } from '../src-main/engines/casync/client/remote-program.ts'
import { SshStore } from '../src-main/engines/casync/client/ssh-store.ts'
import { nodePipes } from '../src-main/engines/casync/exchange/byte-pipes.ts'
import { CasyncIndex } from '../src-main/engines/casync/index/casync-index.ts'
import { makeTreeIndex } from '../src-main/engines/casync/operations/make.ts'
import { readIndexed } from '../src-main/engines/casync/operations/read-indexed.ts'
import { runCasyncServer } from '../src-main/engines/casync/server/run-casync-server.ts'
import { LocalStore } from '../src-main/engines/casync/store/local-store.ts'
import { StoreThreads } from '../src-main/engines/casync/store/store-threads.ts'
import { openFileSystemCalls } from '../src-main/os/open-file-system-calls.ts'
import { extractTree } from '../src-main/sources/files/extract.ts'
import { walkTree } from '../src-main/sources/files/walk.ts'

const { signal } = new AbortController()
const calls = openFileSystemCalls()
const [command, ...words] = process.argv.slice(2)
const word = (position: number): string => words[position] ?? ''

switch (command) {
  case 'make':
    await make(word(0), word(1), word(2))
    break
  case 'make-digest': {
    const hash = createHash('sha512-256')
    await make(word(0), word(1), word(2), hash)
    console.log(hash.digest('hex'))
    break
  }
  case 'extract':
    await extract(word(0), word(1), word(2))
    break
  case 'pull':
    await pull(word(0), word(1))
    break
  case 'serve': {
    const pipes = nodePipes(process.stdin, process.stdout)
    await runCasyncServer({ args: words, pipes, folder: process.cwd() }, signal)
    pipes.destroy()
    break
  }
  default:
    throw new Error('make, make-digest, extract, pull or serve')
}

async function make(tree: string, indexFile: string, store: string, hash?: Hash): Promise<void> {
  const walk = walkTree(
    tree,
    {
      calls,
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
  const writer = new StoreThreads(new LocalStore(store))
  const header = { featureFlags: chooseFeatures({ with: featureSet.unix }), sizes: defaultChunkSizes }
  await makeTreeIndex(walk, {
    header,
    hash,
    writer,
    indexFile,
    signal,
    tree: { openLink: async ({ name, target }) => await linkedFile(tree, name, target) },
  })
  await writer.close()
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

async function extract(indexFile: string, store: string, target: string): Promise<void> {
  const index = CasyncIndex.parse(await readFile(indexFile))
  const threads = new StoreThreads(new LocalStore(store))
  const entries = decodeCatar(readIndexed(index, threads, { freesPieces: true }, signal), { signal })
  const options = {
    calls,
    conflict: 'overwrite',
    carryOver: { owner: true, permissions: true, times: true, attributes: true, links: true },
    applyToRoot: true,
    safetyCopy: undefined,
    sync: false,
  } as const
  await extractTree(entries, target, options, { problem() {}, warning() {} }, signal)
  await threads.close()
}

async function pull(index: string, store: string): Promise<void> {
  const serve = (...args: string[]) =>
    startProgram(process.execPath, [fileURLToPath(import.meta.url), 'serve', 'pull', '-', '-', ...args])
  const program = serve(index, '-')
  const session = await PullSession.open(program.pipes, { index: true }, {}, signal)
  const parsed = CasyncIndex.parse(Buffer.concat(await Array.fromAsync(session.index())))
  await session.close()
  await program.close()
  const remote = new SshStore(() => serve('-', store), {}, signal)
  const hash = createHash('sha512-256')
  for await (const piece of readIndexed(parsed, remote, { freesPieces: true }, signal)) hash.update(piece)
  await remote.close()
  console.log(hash.digest('hex'))
}
