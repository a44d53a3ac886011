import { ftruncateSync, writeSync } from 'node:fs'
import type { FileContent, FileEntry } from '../../archive/tree.ts'
import type { Breather } from './breather.ts'

/** Zeros are left out in pieces of this size, at multiples of it: small holes would only cut the file up. */
const holeBytes = 16_384
const bufferBytes = 1 << 20
const zeros = Buffer.alloc(holeBytes)

/** The content itself could not be had; `cause` is why. Errors of the disk pass as they are. */
export class ContentError extends Error {
  override readonly name = 'ContentError'
}

/** Copies contents into files, through one buffer for all of them. */
export class ContentWriter {
  readonly #buffer = Buffer.allocUnsafeSlow(bufferBytes)
  readonly #breather: Breather

  constructor(breather: Breather) {
    this.#breather = breather
  }

  /** Opens, writes and closes the content of an entry. */
  async writeEntry(entry: FileEntry, fd: number): Promise<void> {
    const opened = openEntry(entry)
    const content = opened instanceof Promise ? await opened : opened
    try {
      await this.write(content, fd, entry.sizeBytes)
    } finally {
      const closed = content.close()
      if (closed instanceof Promise) await closed
    }
  }

  /** Writes all of the content to the beginning of an empty file. It must have exactly `sizeBytes`. */
  async write(content: FileContent, fd: number, sizeBytes: bigint): Promise<void> {
    let position = 0
    let endOfData = 0
    for (;;) {
      const filled = this.#fill(content)
      const length = typeof filled === 'number' ? filled : await filled
      if (BigInt(position + length) > sizeBytes) throw new ContentError('there is more of it than its size says')
      if (length > 0) endOfData = this.#writeData(fd, length, position) ?? endOfData
      position += length
      if (length < bufferBytes) break
      if (this.#breather.isDue(true)) await this.#breather.breathe()
    }
    if (BigInt(position) < sizeBytes) throw new ContentError('there is less of it than its size says')
    if (endOfData < position) ftruncateSync(fd, position)
  }

  /** Fills the buffer, or less at the end. Without waiting as long as the content does not make it wait. */
  #fill(content: FileContent): number | Promise<number> {
    for (let length = 0; ; ) {
      if (length === bufferBytes) return length
      const got = readFrom(content, this.#buffer.subarray(length))
      if (typeof got !== 'number') return this.#fillSlowly(content, length, got)
      if (got === 0) return length
      length += got
    }
  }

  async #fillSlowly(content: FileContent, length: number, first: Promise<number>): Promise<number> {
    let total = length
    for (let got = await first; got > 0; got = await readFrom(content, this.#buffer.subarray(total))) {
      total += got
      if (total === bufferBytes) break
    }
    return total
  }

  /** Returns where the last byte written ends; `undefined` if all of it was zeros. */
  #writeData(fd: number, length: number, position: number): number | undefined {
    let end: number | undefined
    for (let at = 0; at < length; ) {
      const begin = at
      while (at < length && !this.#isHole(at, length)) at += holeBytes
      const stop = Math.min(at, length)
      if (stop > begin) {
        writeFully(fd, this.#buffer.subarray(begin, stop), position + begin)
        end = position + stop
      }
      while (at < length && this.#isHole(at, length)) at += holeBytes
    }
    return end
  }

  #isHole(at: number, length: number): boolean {
    const end = Math.min(at + holeBytes, length)
    // A small file is no hole, whatever is in it; the end of a large one may be.
    if (end - at < holeBytes && at === 0) return false
    // The first byte decides nearly always.
    return this.#buffer[at] === 0 && this.#buffer.compare(zeros, 0, end - at, at, end) === 0
  }
}

function openEntry(entry: FileEntry): ReturnType<FileEntry['open']> {
  const asContentError = (cause: unknown): never => {
    throw new ContentError('its content could not be read', { cause })
  }
  try {
    const opened = entry.open()
    return opened instanceof Promise ? opened.catch(asContentError) : opened
  } catch (cause) {
    return asContentError(cause)
  }
}

function readFrom(content: FileContent, into: Uint8Array): number | Promise<number> {
  const asContentError = (cause: unknown): never => {
    throw new ContentError('its content could not be read', { cause })
  }
  try {
    const got = content.read(into)
    return typeof got === 'number' ? got : got.catch(asContentError)
  } catch (cause) {
    return asContentError(cause)
  }
}

function writeFully(fd: number, data: Buffer, position: number): void {
  for (let at = 0; at < data.length; ) at += writeSync(fd, data, at, data.length - at, position + at)
}
