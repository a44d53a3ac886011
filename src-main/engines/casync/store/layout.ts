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

/** The folder that a chunk is in. Joined by hand, here and below: path.join takes longer than the call that gets the path. */
export function chunkFolderPath(root: string, id: Digest): string {
  return `${root}${path.sep}${id.slice(0, prefixLength)}`
}

/** Of the chunk's plain form. */
export function plainChunkPath(root: string, id: Digest): string {
  return `${chunkFolderPath(root, id)}${path.sep}${id}`
}

/**
 * Names for chunks that are being written, as casync gives them. Each object has its own random digits and counts behind
 * them: fresh ones for every chunk took 1 % of a backup.
 */
export class TemporaryNames {
  readonly #random = randomBytes(8).toString('hex')
  #count = 0

  next(root: string, id: Digest): string {
    return `${plainChunkPath(root, id)}.${this.#random}${(++this.#count).toString(16)}.tmp`
  }
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
