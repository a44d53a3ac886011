import { mkdir, open, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises'
import path from 'node:path'
import { crc32 } from 'node:zlib'
import type { Digest } from '../../../src-shared/model/digest.ts'
import { temporaryName } from '../../storage/datastore/durable-file.ts'
import { isDigest, isTemporaryName } from '../../storage/datastore/layout.ts'

/** Five hundred usual chunks: some gigabytes of what was looked at. */
export const DEFAULT_CACHE_BYTES = 1 << 30
const CHECKSUM_BYTES = 4
/** A cache that was full is emptied by so much, so that not every further chunk costs a look at the folder. */
const KEEP_PART = 0.9
/** What others write is older than this when they died over it. */
const STALE_MS = 3_600_000

/**
 * Chunks of a server as they are stored there, kept on this disk for whoever asks again. Bounded; those that were used
 * least recently go first. Several processes may share a folder. Nothing here is ever needed: whatever goes wrong with the
 * disk, the chunk is fetched.
 */
export class ChunkCache {
  readonly #folder: string
  readonly #maxBytes: number
  /** As far as this process knows; others write as well, so that the folder is asked when it seems full. */
  #bytes: number | undefined

  constructor(folder: string, maxBytes: number = DEFAULT_CACHE_BYTES) {
    this.#folder = folder
    this.#maxBytes = maxBytes
  }

  async get(digest: Digest): Promise<Buffer | undefined> {
    const file = this.#path(digest)
    try {
      const stored = await readFile(file)
      const bytes = stored.subarray(0, -CHECKSUM_BYTES)
      if (stored.length > CHECKSUM_BYTES && stored.readUInt32LE(bytes.length) === crc32(bytes)) {
        const now = new Date()
        await utimes(file, now, now)
        return bytes
      }
      await rm(file, { force: true })
    } catch {
      // It is not there, or cannot be read.
    }
    return undefined
  }

  /** Under another name first, so that nobody reads half of it. */
  async put(digest: Digest, bytes: Uint8Array): Promise<void> {
    const size = bytes.length + CHECKSUM_BYTES
    if (size > this.#maxBytes * KEEP_PART) return
    const temporary = temporaryName(this.#path(digest))
    try {
      this.#bytes ??= await this.#start()
      if (this.#bytes + size > this.#maxBytes) this.#bytes = await this.#makeRoom(this.#maxBytes * KEEP_PART - size)
      this.#bytes += size
      const checksum = Buffer.alloc(CHECKSUM_BYTES)
      checksum.writeUInt32LE(crc32(bytes))
      const handle = await open(temporary, 'wx', 0o600)
      try {
        await handle.writev([bytes, checksum])
      } finally {
        await handle.close()
      }
      await rename(temporary, this.#path(digest))
    } catch {
      await rm(temporary, { force: true }).catch(() => undefined)
    }
  }

  async #start(): Promise<number> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 })
    return await this.#makeRoom(this.#maxBytes)
  }

  /** Removes the oldest until no more than `keepBytes` are left. Returns how many are. */
  async #makeRoom(keepBytes: number): Promise<number> {
    const kept: { readonly name: string; readonly size: number; readonly usedAt: number }[] = []
    let bytes = 0
    for (const name of await readdir(this.#folder)) {
      const facts = await stat(path.join(this.#folder, name)).catch(() => undefined)
      if (facts === undefined) continue
      if (isTemporaryName(name) && Date.now() - facts.mtimeMs > STALE_MS) await this.#remove(name)
      if (!isDigest(name)) continue
      kept.push({ name, size: facts.size, usedAt: facts.mtimeMs })
      bytes += facts.size
    }
    kept.sort((a, b) => a.usedAt - b.usedAt)
    for (const { name, size } of kept) {
      if (bytes <= keepBytes) break
      await this.#remove(name)
      bytes -= size
    }
    return bytes
  }

  async #remove(name: string): Promise<void> {
    await rm(path.join(this.#folder, name), { force: true })
  }

  /** Only digests become names. */
  #path(digest: Digest): string {
    if (!isDigest(digest)) throw new TypeError('not a digest')
    return path.join(this.#folder, digest)
  }
}
