import { HoldfastError } from '../../../src-shared/errors.ts'
import type { Digest } from '../../../src-shared/model/digest.ts'
import { inspectBlob, readKind } from '../blob.ts'
import type { ChunkIndex, ChunkRef } from '../chunk-index.ts'
import { DigestSet } from './digest-set.ts'
import { changeWhereWritable } from './disk-error.ts'
import { forEachBounded } from './for-each-bounded.ts'
import type { VerifiedStore } from './verified-store.ts'

/** Decodes a chunk and checks digest and size; throws `chunk/corrupt`. `ChunkSealer.open` is one. */
export interface ChunkOpener {
  open(blob: Uint8Array<ArrayBuffer>, expected: ChunkRef, signal: AbortSignal): Promise<unknown>
}

export interface CorruptChunk {
  readonly digest: Digest
  readonly reason: string
  /** It was not there: damaged and set aside by an earlier run, or lost. */
  readonly isMissing: boolean
}

export interface ArchiveChunks {
  readonly index: ChunkIndex
  /** What the manifest says of the archive. */
  readonly isEncrypted: boolean
  readonly opener: ChunkOpener | undefined
  /** A chunk that could be read but is not what the archive may have, or could not be read at the moment. */
  problem(digest: Digest, reason: string): void
}

export interface ChunkVerifierOptions {
  readonly concurrency: number
  readonly observer?: { checked?(bytes: number): void } | undefined
}

/** 64 TiB of usual chunks in a gigabyte of memory at the very most; the table grows with what is there. */
const MAX_REMEMBERED = 1 << 24

/** Checks chunks, each once however many archives have it. One for a whole run. */
export class ChunkVerifier {
  readonly corrupt = new Map<Digest, CorruptChunk>()
  readonly #chunks: VerifiedStore['chunks']
  readonly #options: ChunkVerifierOptions
  readonly #signal: AbortSignal
  readonly #known = new DigestSet(MAX_REMEMBERED)
  #count = 0

  constructor(chunks: VerifiedStore['chunks'], options: ChunkVerifierOptions, signal: AbortSignal) {
    this.#chunks = chunks
    this.#options = options
    this.#signal = signal
  }

  /** How many chunks were read. */
  get count(): number {
    return this.#count
  }

  /** Checks those chunks of the archive that no archive before it had; what is wrong is in `corrupt` afterwards. */
  async check(archive: ArchiveChunks): Promise<void> {
    await forEachBounded(this.#unknown(archive.index), this.#options.concurrency, async (chunk) => {
      this.#signal.throwIfAborted()
      this.#count++
      await this.#checkOne(chunk, archive)
      this.#options.observer?.checked?.(chunk.sizeBytes)
    })
  }

  *#unknown(index: ChunkIndex): Generator<ChunkRef> {
    for (const chunk of index) {
      if (this.#known.add(chunk.digest)) yield chunk
      else this.#options.observer?.checked?.(chunk.sizeBytes)
    }
  }

  async #checkOne(chunk: ChunkRef, { isEncrypted, opener, problem }: ArchiveChunks): Promise<void> {
    try {
      const blob = await this.#chunks.read(chunk.digest)
      const kind = readKind(blob)
      if (kind.isEncrypted !== isEncrypted) {
        problem(chunk.digest, kind.isEncrypted ? 'The chunk is encrypted.' : 'The chunk is not encrypted.')
      }
      if (opener === undefined || kind.isEncrypted !== isEncrypted) inspectBlob(blob)
      else await opener.open(blob, chunk, this.#signal)
    } catch (error) {
      if (!(error instanceof HoldfastError)) throw error
      await this.#record(chunk.digest, error, problem)
    }
  }

  async #record(digest: Digest, error: HoldfastError, problem: ArchiveChunks['problem']): Promise<void> {
    switch (error.code) {
      case 'chunk/missing':
        this.corrupt.set(digest, { digest, reason: error.message, isMissing: true })
        return
      case 'chunk/corrupt':
      case 'blob/corrupt':
        this.corrupt.set(digest, { digest, reason: error.message, isMissing: false })
        await changeWhereWritable(() => this.#chunks.setAside(digest))
        return
      case 'file/unreadable': // the disk may give it next time: nothing is set aside
        problem(digest, error.message)
        return
      default:
        throw error
    }
  }
}
