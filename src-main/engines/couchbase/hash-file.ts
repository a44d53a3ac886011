import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'

const PIECE_BYTES = 1 << 20

/** SHA-512 of the first `length` bytes in lower-case hexadecimal. Undefined when the file is shorter. */
export async function hashFile(file: string, length: bigint, signal?: AbortSignal): Promise<string | undefined> {
  const hash = createHash('sha512')
  return (await updateFromFile(hash, { file, length, signal })) ? hash.digest('hex') : undefined
}

/** Feeds the first `length` bytes of a file to a hash; false when it has fewer. */
export async function updateFromFile(
  hash: { update(data: Uint8Array): unknown },
  { file, length, signal }: { file: string; length: bigint; signal?: AbortSignal | undefined },
): Promise<boolean> {
  const handle = await open(file, 'r')
  try {
    const buffer = Buffer.allocUnsafe(PIECE_BYTES)
    let left = length
    while (left > 0n) {
      signal?.throwIfAborted()
      const want = left < BigInt(PIECE_BYTES) ? Number(left) : PIECE_BYTES
      const { bytesRead } = await handle.read(buffer, 0, want)
      if (bytesRead === 0) return false
      hash.update(buffer.subarray(0, bytesRead))
      left -= BigInt(bytesRead)
    }
    return true
  } finally {
    await handle.close()
  }
}
