import { pipeline, Readable } from 'node:stream'
import { createZstdCompress } from 'node:zlib'
import type { PxarAccessor, PxarDirectory, PxarFile, PxarNode } from '../../../../archive/pxar/accessor.ts'
import { walkDirectory } from '../../../../archive/pxar/walk.ts'
import { tarStream } from '../../../../archive/tar/tar-stream.ts'
import type { Metadata, TreeEntry } from '../../../../archive/tree.ts'
import { type ZipEntry, zipStream } from '../../../../archive/zip/zip-stream.ts'
import { ApiError } from '../api-error.ts'

export interface Download {
  readonly node: PxarNode
  /** Where it is in the archive. */
  readonly path: readonly Uint8Array[]
  /** A directory as compressed tar instead of zip. */
  readonly asTar: boolean
  /** What the root of the archive is called in a zip or tar: the archive's name. */
  readonly name: string
  readonly signal: AbortSignal
}

const READ_BYTES = 1 << 20
const SLASH = Buffer.from('/')

/** A file as its bytes, a directory as zip or tar.zst (spec pbs §8.4). Hard links are the file they name. */
export function downloadNode(archive: PxarAccessor, download: Download): AsyncIterable<Uint8Array> {
  const { node, path, asTar, name, signal } = download
  if (node.kind === 'file') return fileContent(archive, node, signal)
  if (node.kind !== 'directory') throw new ApiError(`cannot download entries of type ${node.kind}`)
  const top = path.at(-1) ?? Buffer.from(name.replace(/\.m?pxar\.didx$/, ''))
  const part: Part = { directory: node, path, top, signal }
  return asTar ? compressed(tarStream(entriesUnder(archive, part))) : zipStream(zipEntries(archive, part))
}

interface Part {
  readonly directory: PxarDirectory
  readonly path: readonly Uint8Array[]
  /** What the directory is called in the result. */
  readonly top: Uint8Array
  readonly signal: AbortSignal
}

async function* fileContent(archive: PxarAccessor, file: PxarFile, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const content = await archive.open(file, signal)
  for (let at = 0n; at < content.sizeBytes; ) {
    const piece = await content.read(at, READ_BYTES, signal)
    if (piece.length === 0) return
    yield piece
    at += BigInt(piece.length)
  }
}

/** The tree of the directory, which gets its name back. */
async function* entriesUnder(archive: PxarAccessor, part: Part): AsyncGenerator<TreeEntry> {
  const { directory, top, signal } = part
  let isRoot = true
  for await (const entry of walkDirectory(archive, directory, { signal, path: join(part.path) })) {
    if (isRoot && entry.kind === 'directory') yield { ...entry, name: top }
    else if (entry.kind === 'hardlink') yield { ...entry, target: join([top, entry.target]) }
    else yield entry
    isRoot = false
  }
}

/** A zip has neither links nor devices: of the first the content goes in, of the others nothing. */
async function* zipEntries(archive: PxarAccessor, part: Part): AsyncGenerator<ZipEntry> {
  const { signal } = part
  const folders: Uint8Array[] = []
  for await (const entry of entriesUnder(archive, part)) {
    if (entry.kind === 'leave') {
      folders.pop()
      continue
    }
    const name = join([...folders, entry.name])
    if (entry.kind === 'directory') {
      folders.push(entry.name)
      yield { name, kind: 'directory', ...factsOf(entry.metadata), sizeBytes: 0, compress: false }
    } else if (entry.kind === 'symlink') {
      const { target } = entry
      const content = Readable.from([target])
      yield { name, kind: 'symlink', ...factsOf(entry.metadata), sizeBytes: target.length, content, compress: false }
    } else if (entry.kind === 'file' || entry.kind === 'hardlink') {
      const inside = [...part.path, ...folders.slice(1), entry.name]
      const file = await archive.lookup(inside, signal)
      if (file?.kind !== 'file') continue
      const content = fileContent(archive, file, signal)
      const sizeBytes = Number(file.sizeBytes)
      yield { name, kind: 'file', ...factsOf(file.metadata), sizeBytes, content, compress: true }
    }
  }
}

function factsOf({ permissions, mtimeNs }: Metadata) {
  return { permissions, modifiedAt: Number(mtimeNs / 1_000_000n) }
}

/** What fails on the way fails at the reader: it must not take half of it for the whole. */
function compressed(tar: AsyncGenerator<Uint8Array>): AsyncIterable<Uint8Array> {
  return pipeline(Readable.from(tar), createZstdCompress(), () => undefined)
}

function join(names: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(names.flatMap((name, position) => (position === 0 ? [name] : [SLASH, name])))
}
