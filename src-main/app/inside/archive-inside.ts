import { pipeline } from 'node:stream'
import { createGunzip, createZstdDecompress } from 'node:zlib'
import { ProtocolError } from '../../../src-shared/errors.ts'
import {
  type ArchivedEntry,
  type ArchiveInside,
  shownEntries,
  shownNameLength,
} from '../../../src-shared/model/file-inside.ts'
import { bytesToPathText } from '../../../src-shared/model/path-text.ts'
import { listTar } from '../../archive/tar/list-tar.ts'
import type { CentralHeader } from '../../archive/zip/central-directory.ts'
import { listZip } from '../../archive/zip/list-zip.ts'
import type { SnapshotsService } from '../services/snapshots.ts'
import { type FileInSnapshot, type StoredFile, withStoredFile } from './stored-file.ts'

/** A tar has no list: so far it is read, packed and unpacked, for a glance. */
const readBytes = 128 * 1024 * 1024
const blockBytes = 512
/** Where a tar of POSIX says so; those of before have nothing there. */
const magicAt = 257

const magics: readonly (readonly [hex: string, form: 'zip' | 'gzip' | 'zstd'])[] = [
  ['504b0304', 'zip'],
  // One without entries begins with its end.
  ['504b0506', 'zip'],
  ['1f8b', 'gzip'],
  ['28b52ffd', 'zstd'],
]

/** What is in a zip, or in a tar as it is or packed with gzip or zstd. Judged by the content, whatever the name. */
export function archiveInSnapshot(
  snapshots: SnapshotsService,
  file: FileInSnapshot,
  signal: AbortSignal,
): Promise<ArchiveInside> {
  return withStoredFile(snapshots, file, signal, async (stored) => {
    const head = Buffer.from(await stored.read(0n, 4, signal)).toString('hex')
    const form = magics.find(([hex]) => head.startsWith(hex))?.[1]
    return form === 'zip' ? zipInside(stored, signal) : tarInside(stored, form, signal)
  })
}

async function zipInside(file: StoredFile, signal: AbortSignal): Promise<ArchiveInside> {
  const entries: ArchivedEntry[] = []
  try {
    const listing = await listZip(file, signal)
    if (listing === undefined) return { state: 'unreadable', reason: 'damaged' }
    const total = Number(listing.total)
    const listed = { state: 'listed', entries, ...(Number.isSafeInteger(total) ? { total } : {}) } as const
    try {
      for await (const header of listing.headers()) {
        if (entries.length === shownEntries) return { ...listed, more: true, damaged: false }
        entries.push(fromZip(header))
      }
      return { ...listed, more: false, damaged: false }
    } catch (error) {
      if (!isOfZip(error) || entries.length === 0) throw error
      return { ...listed, more: true, damaged: true }
    }
  } catch (error) {
    if (!isOfZip(error)) throw error
    return { state: 'unreadable', reason: 'damaged' }
  }
}

function isOfZip(error: unknown): boolean {
  return error instanceof ProtocolError && error.protocol === 'zip'
}

function fromZip({ name, kind, sizeBytes, modifiedAt }: CentralHeader): ArchivedEntry {
  return {
    path: cutName(bytesToPathText(name.subarray(0, shownNameLength * 4))),
    kind,
    sizeBytes: safeCount(Number(sizeBytes)),
    ...(modifiedAt === undefined ? {} : { modifiedAt }),
  }
}

async function tarInside(
  file: StoredFile,
  form: 'gzip' | 'zstd' | undefined,
  signal: AbortSignal,
): Promise<ArchiveInside> {
  const watch: Watch = { first: Buffer.alloc(0), isCut: false, failure: undefined }
  const length = file.sizeBytes < readBytes ? file.sizeBytes : BigInt(readBytes)
  const stored = watchStored(file.pieces({ offset: 0n, length }, signal), watch)
  const unpack = form === 'gzip' ? createGunzip() : form === 'zstd' ? createZstdDecompress() : undefined
  const plain = unpack === undefined ? stored : pipeline(stored, unpack, () => {}) // its failure ends the loop below
  const entries: ArchivedEntry[] = []
  try {
    for await (const { name, type, size, mtime } of listTar(watchPlain(plain, watch))) {
      if (entries.length === shownEntries) return { state: 'listed', entries, more: true, damaged: false }
      const at = mtime?.getTime()
      entries.push({
        path: cutName(name),
        kind: tarKind(type),
        sizeBytes: safeCount(size ?? 0),
        ...(at !== undefined && Number.isSafeInteger(at) ? { modifiedAt: at } : {}),
      })
    }
    const more = watch.isCut || file.sizeBytes > length
    return { state: 'listed', entries, more, damaged: false }
  } catch {
    // What zlib and the parser of tar throw has no type of its own.
    signal.throwIfAborted()
    if (watch.failure !== undefined) throw watch.failure.error
    const isTar = watch.first.toString('latin1', magicAt, magicAt + 5) === 'ustar'
    // What unpacks to nothing at all is damaged as gzip or zstd; what unpacks to something else was never a tar.
    if (entries.length === 0 && !isTar) {
      return { state: 'unreadable', reason: watch.first.length === 0 ? 'damaged' : 'foreign' }
    }
    if (entries.length === 0) return { state: 'unreadable', reason: 'damaged' }
    const isCut = watch.isCut || file.sizeBytes > length
    return { state: 'listed', entries, more: true, damaged: !isCut }
  }
}

interface Watch {
  /** The first block as unpacked. */
  first: Buffer
  /** Nobody reads further than this. */
  isCut: boolean
  /** The repository failed, which is not the archive's fault. */
  failure: { readonly error: unknown } | undefined
}

async function* watchStored(pieces: AsyncIterable<Uint8Array>, watch: Watch): AsyncGenerator<Uint8Array> {
  try {
    yield* pieces
  } catch (error) {
    watch.failure = { error }
    throw error
  }
}

async function* watchPlain(pieces: AsyncIterable<Uint8Array>, watch: Watch): AsyncGenerator<Uint8Array> {
  let total = 0
  for await (const piece of pieces) {
    if (watch.first.length < blockBytes) watch.first = Buffer.concat([watch.first, piece]).subarray(0, blockBytes)
    total += piece.length
    if (total > readBytes) {
      watch.isCut = true
      return
    }
    yield piece
  }
}

function tarKind(type: string | null | undefined): ArchivedEntry['kind'] {
  if (type === 'directory') return 'directory'
  if (type === 'link' || type === 'symlink') return 'link'
  return type === 'file' || type === 'contiguous-file' || type === null || type === undefined ? 'file' : 'other'
}

function cutName(name: string): string {
  return name.length > shownNameLength ? `${name.slice(0, shownNameLength - 1).toWellFormed()}…` : name
}

/** Archives may claim any size. */
function safeCount(size: number): number {
  return Number.isSafeInteger(size) && size >= 0 ? size : Number.MAX_SAFE_INTEGER
}
