import { open } from 'node:fs/promises'
import type { FileContent } from '../../archive/tree.ts'

/** A file of the spool. `onClosed` may remove it. */
export async function openSpooled(file: string, onClosed: () => Promise<void>): Promise<FileContent> {
  const handle = await open(file, 'r')
  return {
    read: async (into) => (await handle.read(into, 0, into.length, null)).bytesRead,
    async close() {
      await handle.close()
      await onClosed()
    },
  }
}

/** A file that is in memory. */
export function memoryContent(bytes: Uint8Array): FileContent {
  let at = 0
  return {
    read(into) {
      const part = bytes.subarray(at, at + into.length)
      into.set(part)
      at += part.length
      return part.length
    },
    close: () => undefined,
  }
}
