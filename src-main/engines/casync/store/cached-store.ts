import { stat } from 'node:fs/promises'
import { HoldfastError } from '../../../../src-shared/errors.ts'
import type { Digest } from '../../../../src-shared/model/digest.ts'
import type { OpenChunkOptions } from './chunk-payload.ts'
import type { ChunkStore } from './chunk-store.ts'
import type { LocalStore } from './local-store.ts'

/**
 * Keeps chunks of a distant store in a folder, up to so many bytes of them as they are plain; those that were not read for
 * the longest time go first. The folder is this object's alone while it lives, and may be thrown away at any time.
 */
export class CachedStore implements ChunkStore {
  readonly #distant: ChunkStore
  readonly #folder: LocalStore
  readonly #maxBytes: number
  /** Sizes, the one that was read last at the end. */
  readonly #sizes: Map<Digest, number>
  #bytes: number

  private constructor(distant: ChunkStore, folder: LocalStore, maxBytes: number, sizes: Map<Digest, number>) {
    this.#distant = distant
    this.#folder = folder
    this.#maxBytes = maxBytes
    this.#sizes = sizes
    this.#bytes = [...sizes.values()].reduce((sum, size) => sum + size, 0)
  }

  /** Takes over what an earlier one left in the folder. */
  static async open(
    distant: ChunkStore,
    folder: LocalStore,
    maxBytes: number,
    signal: AbortSignal,
  ): Promise<CachedStore> {
    const sizes = new Map<Digest, number>()
    for await (const { path, file } of folder.files(signal)) {
      if (file.kind === 'chunk') sizes.set(file.id, (await stat(path)).size)
    }
    return new CachedStore(distant, folder, maxBytes, sizes)
  }

  /** How much it holds. */
  get sizeBytes(): number {
    return this.#bytes
  }

  async get(id: Digest, options: OpenChunkOptions, signal: AbortSignal): Promise<Uint8Array | undefined> {
    const known = await this.#find(id, options)
    if (known !== undefined) return known
    const plain = await this.#distant.get(id, options, signal)
    if (plain !== undefined) await this.#keep(id, plain)
    return plain
  }

  /** Whether it holds the chunk or not. */
  async drop(id: Digest): Promise<void> {
    this.#bytes -= this.#sizes.get(id) ?? 0
    this.#sizes.delete(id)
    await this.#folder.remove(id)
  }

  async #find(id: Digest, options: OpenChunkOptions): Promise<Uint8Array | undefined> {
    const size = this.#sizes.get(id)
    if (size === undefined) return undefined
    try {
      const plain = await this.#folder.read(id, options)
      if (plain !== undefined) {
        this.#sizes.delete(id)
        this.#sizes.set(id, size)
        return plain
      }
    } catch (error) {
      if (!(error instanceof HoldfastError && error.code === 'chunk/corrupt')) throw error
    }
    await this.drop(id)
    return undefined
  }

  async #keep(id: Digest, plain: Uint8Array): Promise<void> {
    if (plain.length > this.#maxBytes || this.#sizes.has(id)) return
    this.#sizes.set(id, plain.length)
    this.#bytes += plain.length
    await this.#folder.write(id, plain)
    while (this.#bytes > this.#maxBytes) {
      const [oldest] = this.#sizes.keys()
      if (oldest === undefined) return
      await this.drop(oldest)
    }
  }
}
