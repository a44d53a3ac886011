import { type ContentProblem, writeFileBody } from '../../archive/file-body.ts'
import { ItemWriter } from '../../archive/pxar/item-writer.ts'
import { headerBytes, itemType } from '../../archive/pxar/items.ts'
import type { FileContent } from '../../archive/tree.ts'
import type { ChunkRef } from '../../storage/chunk-index.ts'
import type { ArchiveWriter } from './archive-writer.ts'

/**
 * The payload stream of a split archive (spec pbs §7.5). It writes the markers at its ends only when no injected chunk
 * brings them: an archive that is taken over whole begins with the old first chunk, which begins with the start marker,
 * and ends with the old last one. So it becomes the same stream, and the metadata that refers to it the same bytes.
 */
export class PayloadWriter {
  readonly #archive: ArchiveWriter
  readonly #out: ItemWriter
  #isStarted = false

  constructor(archive: ArchiveWriter) {
    this.#archive = archive
    this.#out = new ItemWriter(archive)
  }

  get isStarted(): boolean {
    return this.#isStarted
  }

  /** Where the next byte goes. 0 is only possible for an injected chunk that brings the start marker. */
  get position(): number {
    return this.#out.position
  }

  start(): void {
    if (this.#isStarted) return
    this.#isStarted = true
    this.#out.putHeader(itemType.payloadStartMarker, 0)
  }

  /** Writes the PAYLOAD item of a file at `position`: `sizeBytes` of content, whatever there is to read. */
  async writeFile(content: FileContent, sizeBytes: number, signal: AbortSignal): Promise<ContentProblem | undefined> {
    this.#archive.suggest(this.#out.position)
    this.#out.putHeader(itemType.payload, sizeBytes)
    const problem = await writeFileBody(this.#out, content, sizeBytes, signal)
    const settled = this.#out.settle()
    if (settled !== undefined) await settled
    return problem
  }

  /** Chunks of the previous payload stream instead of data. */
  async inject(chunks: readonly ChunkRef[]): Promise<void> {
    this.#isStarted = true
    const flushed = this.#out.flush()
    if (flushed !== undefined) await flushed
    await this.#archive.inject(chunks)
    this.#out.skip(chunks.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0))
  }

  /** `hasTail`: the last thing injected, and the last thing in the stream, is a chunk that ends with the tail marker. */
  async finish(hasTail: boolean): Promise<void> {
    this.start()
    if (!hasTail) this.#out.putHeader(itemType.payloadTailMarker, 0)
    const flushed = this.#out.flush()
    if (flushed !== undefined) await flushed
  }
}

export const payloadItemBytes = (sizeBytes: number): number => headerBytes + sizeBytes
