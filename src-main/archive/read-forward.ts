import type { RandomAccess } from './random-access.ts'
import type { FileContent } from './tree.ts'

/** Reads forward through something that can be read from anywhere. Closing it closes nothing. */
export function readForward(bytes: RandomAccess, signal: AbortSignal): FileContent {
  let offset = 0n
  return {
    async read(into) {
      if (offset >= bytes.sizeBytes) return 0
      const part = await bytes.read(offset, into.length, signal)
      into.set(part)
      offset += BigInt(part.length)
      return part.length
    },
    close() {},
  }
}
