import { randomBytes } from 'node:crypto'
import path from 'node:path'
import type { Digest } from '../../../../src-shared/model/digest.ts'

/** Names in a .castr folder (spec casync §7): `29ba/29bae0d6….cacnk`. */

/** Of compressed chunks; `CASYNC_COMPRESSED_CHUNK_SUFFIX` may say another. A plain chunk has none. */
export const defaultChunkSuffix = '.cacnk'

/** Behind the name of a chunk that was found to be damaged, and of one that garbage collection is about to remove. */
export const badChunkSuffix = '.bad'
export const condemnedChunkSuffix = '.condemned'

const prefixLength = 4
const folderPattern = /^[0-9a-f]{4}$/
const temporaryPattern = /^[0-9a-f]{64}\.[0-9a-f]+\.tmp$/
/** What desync leaves behind. */
const desyncTemporaryPrefix = '.tmp-cacnk'

/** Of the chunk's folder and of its plain form. */
export function plainChunkPath(root: string, id: Digest): string {
  return path.join(root, id.slice(0, prefixLength), id)
}

/** As casync names a chunk that is being written. */
export function temporaryChunkPath(root: string, id: Digest): string {
  return `${plainChunkPath(root, id)}.${randomBytes(8).toString('hex')}.tmp`
}

export function isChunkFolder(name: string): boolean {
  return folderPattern.test(name)
}

/** What a file in a chunk folder is. */
export type ChunkFile =
  | { readonly kind: 'chunk'; readonly id: Digest; readonly isCompressed: boolean }
  | { readonly kind: 'temporary' }
  | { readonly kind: 'bad' | 'condemned' }
  | { readonly kind: 'foreign' }

export function parseChunkFile(folder: string, name: string, suffix: string): ChunkFile {
  if (temporaryPattern.test(name) || name.startsWith(desyncTemporaryPrefix)) return { kind: 'temporary' }
  for (const [kind, ending] of marks) {
    if (!name.endsWith(ending)) continue
    const inner = parseChunkFile(folder, name.slice(0, -ending.length), suffix)
    return { kind: inner.kind === 'chunk' ? kind : 'foreign' }
  }
  const isCompressed = name.endsWith(suffix)
  const id = isCompressed ? name.slice(0, name.length - suffix.length) : name
  if (!/^[0-9a-f]{64}$/.test(id) || !id.startsWith(folder)) return { kind: 'foreign' }
  // 64 digits in lower-case hex: checked just now.
  return { kind: 'chunk', id: id as Digest, isCompressed }
}

const marks = [
  ['bad', badChunkSuffix],
  ['condemned', condemnedChunkSuffix],
] as const
