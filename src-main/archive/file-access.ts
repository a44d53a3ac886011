import { type FileHandle, open } from 'node:fs/promises'
import type { RandomAccess } from './random-access.ts'

/** An archive that lies in a file. Close it. Throws the system's error when it cannot be opened. */
export class FileAccess implements RandomAccess, AsyncDisposable {
  readonly #handle: FileHandle
  readonly sizeBytes: bigint

  private constructor(handle: FileHandle, sizeBytes: bigint) {
    this.#handle = handle
    this.sizeBytes = sizeBytes
  }

  static async open(path: string): Promise<FileAccess> {
    const handle = await open(path, 'r')
    try {
      return new FileAccess(handle, (await handle.stat({ bigint: true })).size)
    } catch (error) {
      await handle.close()
      throw error
    }
  }

  async read(offset: bigint, length: number, signal: AbortSignal): Promise<Uint8Array> {
    signal.throwIfAborted()
    const left = this.sizeBytes - offset
    const bytes = new Uint8Array(left < BigInt(length) ? Number(left) : length)
    for (let filled = 0; filled < bytes.length; ) {
      // Files are far below 2^53 bytes.
      const { bytesRead } = await this.#handle.read(bytes, filled, bytes.length - filled, Number(offset) + filled)
      if (bytesRead === 0) return bytes.subarray(0, filled)
      filled += bytesRead
    }
    return bytes
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handle.close()
  }
}
