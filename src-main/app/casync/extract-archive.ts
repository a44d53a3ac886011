import { stat } from 'node:fs/promises'
import path from 'node:path'
import { decodeCatar } from '../../archive/catar/decoder.ts'
import { type IdShift, unshiftId } from '../../archive/catar/id-shift.ts'
import type { TreeEntry } from '../../archive/tree.ts'
import type { Locator } from '../../engines/casync/address/locator.ts'
import type { CasyncIndex } from '../../engines/casync/index/casync-index.ts'
import { extractBlob } from '../../engines/casync/operations/extract-blob.ts'
import type { ChunkStore } from '../../engines/casync/store/chunk-store.ts'
import { LocalStore } from '../../engines/casync/store/local-store.ts'
import { FileSeed, seedFromStream } from '../../engines/casync/store/seed-store.ts'
import type { FileSystemCalls } from '../../os/file-system-calls.ts'
import { extractTree } from '../../sources/files/extract.ts'
import type { ExtractCounts, ExtractObserver } from '../../sources/files/extract-options.ts'
import { folderArchive } from './folder-archive.ts'
import { withScratch } from './make-archive.ts'
import { type ArchiveChoice, type OpenArchive, openArchive } from './open-archive.ts'

export interface ExtractChoice extends Omit<ArchiveChoice, 'openSeeds'> {
  /** Files and folders that may have parts of it already: only the rest is fetched. What is at the target is one. */
  readonly seeds: readonly string[]
  readonly useTarget: boolean
  readonly idShift: IdShift | undefined
  readonly calls: FileSystemCalls
}

/** Of a blob only its length is known. */
export type ExtractReport =
  | { readonly kind: 'tree'; readonly counts: ExtractCounts }
  | { readonly kind: 'blob'; readonly sizeBytes: bigint }

/** What `casync extract` does, but that it removes nothing: what is at the target and not in the archive stays. */
export async function extractArchive(
  source: Locator,
  target: string,
  choice: ExtractChoice,
  observer: ExtractObserver,
  signal: AbortSignal,
): Promise<ExtractReport> {
  return await withScratch(async (scratch) => {
    const openSeeds = (index: CasyncIndex) => openSeedsOf(index, target, { choice, scratch, observer, signal })
    const archive = await openArchive(source, { ...choice, openSeeds }, signal)
    try {
      if (archive.content === 'blob') return await extractStream(archive, target, signal)
      const { calls, idShift } = choice
      const options = {
        calls,
        conflict: 'overwrite',
        carryOver: { owner: true, permissions: true, times: true, attributes: true, links: true },
        applyToRoot: true,
        safetyCopy: undefined,
        sync: true,
      } as const
      const flags = archive.header === undefined ? {} : { featureFlags: archive.header.featureFlags }
      const entries = unshifted(decodeCatar(archive.pieces(signal), { signal, ...flags }), idShift)
      return { kind: 'tree', counts: await extractTree(entries, target, options, observer, signal) }
    } finally {
      await archive[Symbol.asyncDispose]()
    }
  })
}

async function extractStream(
  { index, chunks }: OpenArchive,
  target: string,
  signal: AbortSignal,
): Promise<ExtractReport> {
  if (index === undefined || chunks === undefined) throw new TypeError('a blob without an index is a file already')
  const found = await stat(target).catch(() => undefined)
  const isInPlace = found?.isBlockDevice() ?? false
  return { kind: 'blob', sizeBytes: await extractBlob(index, chunks, target, { isInPlace }, signal) }
}

interface SeedParts {
  readonly choice: ExtractChoice
  readonly scratch: string
  readonly observer: ExtractObserver
  readonly signal: AbortSignal
}

async function openSeedsOf(index: CasyncIndex, target: string, { choice, scratch, observer, signal }: SeedParts) {
  const seeds: (ChunkStore & AsyncDisposable)[] = []
  for (const seed of [...choice.seeds, ...(choice.useTarget ? [target] : [])]) {
    const found = await stat(seed).catch(() => undefined)
    if (found === undefined && seed === target) continue // it is to be made
    if (found?.isDirectory() === true) {
      const store = new LocalStore(path.join(scratch, `seed-${seeds.length}.castr`))
      const options = { calls: choice.calls, featureFlags: index.header.featureFlags, observer }
      await seedFromStream(folderArchive(seed, options, signal), index, store, signal)
      seeds.push(Object.assign(store, { async [Symbol.asyncDispose]() {} }))
    } else if (found === undefined || found.isFile() || found.isBlockDevice()) {
      seeds.push(await FileSeed.open(seed, index, signal))
    }
  }
  return seeds
}

async function* unshifted(
  entries: AsyncIterable<TreeEntry>,
  shift: IdShift | undefined,
): AsyncGenerator<TreeEntry, void, undefined> {
  for await (const entry of entries) {
    if (shift === undefined || entry.kind === 'leave' || entry.kind === 'hardlink') yield entry
    else {
      // The names are those of the other range of numbers.
      const { ownerName: _owner, groupName: _group, uid, gid, acl, ...rest } = entry.metadata
      const row = <Row extends { readonly id: number }>(each: Row) => ({ ...each, id: unshiftId(each.id, shift) })
      const rows = acl && {
        ...acl,
        users: acl.users.map(row),
        groups: acl.groups.map(row),
        ...(acl.defaults && {
          defaults: { ...acl.defaults, users: acl.defaults.users.map(row), groups: acl.defaults.groups.map(row) },
        }),
      }
      const owners = { uid: unshiftId(uid, shift), gid: unshiftId(gid, shift) }
      yield { ...entry, metadata: { ...rest, ...owners, ...(rows && { acl: rows }) } }
    }
  }
}
