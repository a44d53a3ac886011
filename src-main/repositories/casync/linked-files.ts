import type { FileContent, Metadata } from '../../archive/tree.ts'
import type { PlacedChunk } from '../../storage/chunk-index.ts'

/** A file of the archive that is being written, which may turn out to have further names. */
export interface LinkedFile {
  readonly metadata: Metadata
  readonly sizeBytes: bigint
  /** Where its content begins in the archive. */
  readonly start: number
  /** Those that hold the content, as far as there are chunks by now. */
  readonly chunks: PlacedChunk[]
}

/**
 * Files that hard links may name later in the same tree. A catar has no hard links, each name gets the content of its own
 * (spec casync §10.3); the source hands it over once, so further names are read back from what was written.
 */
export class LinkedFiles {
  readonly #byPath = new Map<string, LinkedFile>()
  /** Files whose last chunk is still to come, in the order of the archive. */
  readonly #open: LinkedFile[] = []
  /** Where the last chunk of the archive ends by now. */
  chunkedTo = 0

  remember(path: string, file: Omit<LinkedFile, 'chunks'>): void {
    const linked = { ...file, chunks: [] }
    this.#byPath.set(path, linked)
    if (file.sizeBytes > 0n) this.#open.push(linked)
  }

  find(path: string): LinkedFile | undefined {
    return this.#byPath.get(path)
  }

  /** The next chunk of the archive. */
  append(chunk: PlacedChunk): void {
    this.chunkedTo = Number(chunk.offset) + chunk.sizeBytes
    for (const file of this.#open) {
      if (file.start >= this.chunkedTo) break
      file.chunks.push(chunk)
    }
    while (this.#open[0] !== undefined && endOf(this.#open[0]) <= this.chunkedTo) this.#open.shift()
  }
}

export interface ReadBackOptions {
  readonly links: LinkedFiles
  /** Waits for the chunks under way; what follows the last one. */
  openChunk(): Promise<Uint8Array>
  fetch(chunk: PlacedChunk): Promise<Uint8Array>
}

/** The content of a file that has reached the archive's chunks, or the one that is being filled. */
export function readBack(file: LinkedFile, { links, openChunk, fetch }: ReadBackOptions): FileContent {
  let at = file.start
  let position = 0
  return {
    async read(into) {
      if (at >= endOf(file) || into.length === 0) return 0
      const open = await openChunk()
      let start = links.chunkedTo
      let data = open
      if (at < links.chunkedTo) {
        let chunk = file.chunks[position]
        while (chunk !== undefined && Number(chunk.offset) + chunk.sizeBytes <= at) chunk = file.chunks[++position]
        if (chunk === undefined || Number(chunk.offset) > at) throw new Error(`no chunk holds the byte at ${at}`)
        start = Number(chunk.offset)
        data = await fetch(chunk)
      }
      const part = data.subarray(at - start, Math.min(data.length, endOf(file) - start, at - start + into.length))
      into.set(part)
      at += part.length
      return part.length
    },
    close() {},
  }
}

function endOf({ start, sizeBytes }: LinkedFile): number {
  return start + Number(sizeBytes)
}
