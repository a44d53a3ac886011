import { readFile } from 'node:fs/promises'
import { pathTextToBytes } from '../../../src-shared/model/path-text.ts'
import { encodeCatarTree } from '../../archive/catar/encode-tree.ts'
import { CatarEncoder } from '../../archive/catar/encoder.ts'
import { excludeEntries } from '../../archive/catar/exclude-entries.ts'
import { digestOf, featureFlag } from '../../archive/catar/feature-flags.ts'
import type { IdShift } from '../../archive/catar/id-shift.ts'
import type { TreeEntry } from '../../archive/tree.ts'
import type { FileSystemCalls } from '../../os/file-system-calls.ts'
import { errorCode } from '../../os/system-error.ts'
import { walkTree } from '../../sources/files/walk.ts'
import type { ProblemObserver } from '../../sources/files/walk-problem.ts'
import type { OpenArchive } from './open-archive.ts'

export interface FolderArchiveOptions {
  readonly calls: FileSystemCalls
  /** Says also what is left out: other file systems, what `.caexclude` names, files marked `nodump`. */
  readonly featureFlags: bigint
  readonly idShift?: IdShift | undefined
  readonly observer: ProblemObserver
}

const entriesLimit = 100_000_000
const excludeFile = Buffer.from('.caexclude')
const slash = Uint8Array.of(0x2f)

/** The entries of a folder on disk as `casync make` takes them (spec casync §10.7). */
export function folderEntries(
  folder: string,
  { calls, featureFlags, observer }: FolderArchiveOptions,
  signal: AbortSignal,
): AsyncIterable<TreeEntry> {
  const has = (flag: bigint): boolean => (featureFlags & flag) !== 0n
  const root = pathTextToBytes(folder)
  const entries = walkTree(
    root,
    {
      calls,
      exclude: [],
      readExcludeFiles: false,
      fileSystems: has(featureFlag.excludeSubmounts) ? 'one' : 'all',
      skipLostAndFound: false,
      entriesLimit,
      recordExcludes: false,
      foldHardLinks: false,
    },
    observer,
    signal,
  )
  if (!has(featureFlag.excludeFile)) return entries
  return excludeEntries(entries, (names) => readExcludeFile(root, names))
}

/** A folder on disk as if it were the archive that would be made of it. */
export function openFolder(folder: string, options: FolderArchiveOptions): OpenArchive {
  const { featureFlags } = options
  return {
    content: 'tree',
    header: { featureFlags, algorithm: digestOf(featureFlags) },
    index: undefined,
    chunks: undefined,
    pieces: (signal) => folderArchive(folder, options, signal),
    access: undefined,
    async [Symbol.asyncDispose]() {},
  }
}

/** The archive of a folder, as it is made. */
export async function* folderArchive(
  folder: string,
  options: FolderArchiveOptions,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
  const writer = writable.getWriter()
  const { featureFlags, idShift } = options
  const output = { write: (bytes: Uint8Array) => writer.write(bytes) }
  const made = encodeCatarTree(
    folderEntries(folder, options, signal),
    new CatarEncoder({ output, featureFlags, idShift, signal }),
  ).then(
    () => writer.close(),
    (error) => writer.abort(error),
  )
  try {
    yield* readable
  } finally {
    await made.catch(() => undefined) // who reads has heard of it
  }
}

async function readExcludeFile(root: Uint8Array, names: readonly Uint8Array[]): Promise<Uint8Array | undefined> {
  const path = Buffer.concat([root, ...names.flatMap((name) => [slash, name]), slash, excludeFile])
  try {
    return await readFile(path)
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined
    throw error
  }
}
