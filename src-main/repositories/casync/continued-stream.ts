import { HoldfastError } from '../../../src-shared/errors.ts'
import type { ByteSink } from '../../archive/random-access.ts'
import type { PlacedChunk } from '../../storage/chunk-index.ts'
import type { ArchiveWriter } from '../pxar-snapshot/archive-writer.ts'
import type { ChunkedBytes, StreamIndex } from '../pxar-snapshot/chunked-bytes.ts'
import type { NewSnapshot } from '../pxar-snapshot/snapshot-backend.ts'

/** The archive of the snapshot before, cut with the same sizes. */
export interface OldArchive {
  readonly index: StreamIndex
  readonly bytes: ChunkedBytes
  /** The same without the contents of files. */
  readonly entries: ChunkedBytes
}

export interface ContinuedStreamOptions {
  /** Gets the archive. */
  readonly archive: ArchiveWriter
  /** Gets the archive without the contents of files. */
  readonly entries: ArchiveWriter
  readonly old: OldArchive | undefined
  readonly keepChunk: NewSnapshot['keepChunk']
  readonly signal: AbortSignal
}

/** A part of the new archive, at its end, that is also in the old one and not yet in the new one's chunks. */
interface Run {
  from: number
  to: number
  /** `to` in the stream of the old entries. */
  entriesTo: number
}

/** What is fetched of the old archive in one go. */
const pieceBytes = 1 << 20

/**
 * An archive on its way into chunks, for as long as it can as a continuation of the old one: chunks of the old archive
 * that lie whole in a part that both have are listed again unread, as soon as the chunker stands where such a chunk
 * begins. Since it starts afresh with every chunk, the cuts are those it would have made. What surrounds the contents
 * is compared byte by byte with the old entries; contents are taken to be equal on the caller's word.
 */
export class ContinuedStream implements ByteSink {
  readonly #options: ContinuedStreamOptions
  /** Contents that the encoder announced and that were not yet written. */
  readonly #contents: { readonly start: number; readonly end: number }[] = []
  #position = 0
  #run: Run | undefined
  /** The last chunk that was found to be there. */
  #lastKept = -1

  constructor(options: ContinuedStreamOptions) {
    this.#options = options
    if (options.old !== undefined) this.#run = { from: 0, to: 0, entriesTo: 0 }
  }

  /** For the encoder's `onContent`. */
  noteContent(start: number, sizeBytes: number): void {
    this.#contents.push({ start, end: start + sizeBytes })
  }

  async write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; ) {
      const [content] = this.#contents
      if (content !== undefined && this.#position >= content.end) {
        this.#contents.shift()
        continue
      }
      const isContent = content !== undefined && this.#position >= content.start
      const end = isContent ? content.end : (content?.start ?? Number.MAX_SAFE_INTEGER)
      const part = bytes.subarray(at, at + Math.min(bytes.length - at, end - this.#position))
      await (isContent ? this.#writeNew(part) : this.#writeEntries(part))
      this.#position += part.length
      at += part.length
    }
  }

  /** Whether the old chunks that hold this part are all there, so that `take` may be called for it. */
  hasOld(start: number, sizeBytes: number): boolean {
    const { old, keepChunk } = this.#options
    if (old === undefined) return false
    for (let at = start; at < start + sizeBytes; ) {
      const chunk = old.index.chunkAt(BigInt(at))
      if (chunk === undefined) return false
      if (chunk.position !== this.#lastKept && !keepChunk(chunk.digest)) return false
      this.#lastKept = chunk.position
      at = endOf(chunk)
    }
    return true
  }

  /** The announced content comes next, and is what the old archive has at `start`. `entriesStart` is that place there. */
  async take(start: number, entriesStart: number, sizeBytes: number): Promise<void> {
    this.#contents.shift()
    this.#position += sizeBytes
    if (this.#run?.to !== start) {
      await this.settle()
      this.#run = { from: start, to: start, entriesTo: entriesStart }
    }
    await this.#extend(this.#run ?? { from: start, to: start, entriesTo: entriesStart }, sizeBytes)
  }

  /** Hands over what is known to be in the old archive and is not in a chunk yet: everything has reached the writer. */
  async settle(): Promise<void> {
    const run = this.#run
    this.#run = undefined
    if (run !== undefined) await this.#copy(run.from, run.to)
  }

  /** The archive is complete. When it ends as the old one did, so does its last chunk. */
  async finish(): Promise<void> {
    const { old, archive } = this.#options
    const run = this.#run
    const last = old === undefined || old.index.count === 0 ? undefined : old.index.at(old.index.count - 1)
    const isEnd = run !== undefined && last !== undefined && run.to === endOf(last) && run.from === Number(last.offset)
    if (isEnd && (await archive.standsAtCut())) {
      this.#run = undefined
      await archive.inject([last])
    }
    await this.settle()
  }

  async #writeNew(bytes: Uint8Array): Promise<void> {
    if (this.#run !== undefined) await this.settle()
    const pending = this.#options.archive.write(bytes)
    if (pending !== undefined) await pending
  }

  async #writeEntries(bytes: Uint8Array): Promise<void> {
    const pending = this.#options.entries.write(bytes)
    if (pending !== undefined) await pending
    const run = this.#run
    const same = run === undefined ? 0 : await this.#countSame(run, bytes)
    if (run !== undefined && same > 0) {
      run.entriesTo += same
      await this.#extend(run, same)
    }
    if (same < bytes.length) await this.#writeNew(bytes.subarray(same))
  }

  /** How many bytes go on as the old archive does. */
  async #countSame(run: Run, bytes: Uint8Array): Promise<number> {
    const { old, signal } = this.#options
    if (old === undefined) return 0
    const before = await readOrGiveUp(old.entries, run.entriesTo, bytes.length, signal)
    let same = 0
    while (same < before.length && before[same] === bytes[same]) same++
    return this.hasOld(run.to, same) ? same : 0
  }

  async #extend(run: Run, sizeBytes: number): Promise<void> {
    const { old, archive, signal } = this.#options
    run.to += sizeBytes
    if (old === undefined) return
    while (run.from < run.to) {
      signal.throwIfAborted()
      const chunk = old.index.chunkAt(BigInt(run.from))
      // Whether the last chunk ends here as it did there is known at the end.
      if (chunk === undefined || run.to < endOf(chunk) || chunk.position === old.index.count - 1) return
      if (run.from === Number(chunk.offset) && (await archive.standsAtCut())) await archive.inject([chunk])
      else await this.#copy(run.from, endOf(chunk))
      run.from = endOf(chunk)
    }
  }

  /** Where chunks do not fit: the bytes themselves, out of the old archive. */
  async #copy(from: number, to: number): Promise<void> {
    const { old, archive, signal } = this.#options
    if (old === undefined) return
    for (let at = from; at < to; ) {
      signal.throwIfAborted()
      const piece = await old.bytes.read(BigInt(at), Math.min(to - at, pieceBytes), signal).catch(explain)
      const pending = archive.write(piece)
      if (pending !== undefined) await pending
      at += piece.length
    }
  }
}

function endOf({ offset, sizeBytes }: PlacedChunk): number {
  return Number(offset) + sizeBytes
}

/** Damage of the old entries only means that nothing more is taken over. */
async function readOrGiveUp(
  bytes: ChunkedBytes,
  offset: number,
  length: number,
  signal: AbortSignal,
): Promise<Uint8Array> {
  try {
    return await bytes.read(BigInt(offset), length, signal)
  } catch (error) {
    if (error instanceof HoldfastError) return new Uint8Array(0)
    throw error
  }
}

/** The file that the bytes belong to was not read, and its place in the stream has passed. */
function explain(error: unknown): never {
  if (!(error instanceof HoldfastError && error.code === 'chunk/corrupt')) throw error
  throw new HoldfastError('chunk/corrupt', {
    detail: error.detail,
    hint: 'Verify the repository: that sets the damaged block aside, and the next backup stores it anew.',
    cause: error,
  })
}
