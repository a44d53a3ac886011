import { FIXED_CHUNK_BYTES, MAX_FIXED_ENTRIES } from '../../storage/fixed-index.ts'
import type { ImageContent, WriteObserver } from '../repository.ts'
import type { ArchiveWriter } from './archive-writer.ts'

/** 64 TiB: what an index of chunks of 4 MiB may hold. */
export const MAX_IMAGE_BYTES = BigInt(MAX_FIXED_ENTRIES) * BigInt(FIXED_CHUNK_BYTES)

/** Reads a whole image, chunk by chunk; the next is read while the last ones are sealed and stored. */
export async function copyImage(
  image: ImageContent,
  archive: ArchiveWriter,
  { observer, signal }: { readonly observer: WriteObserver; readonly signal: AbortSignal },
): Promise<void> {
  for (let at = 0n; at < image.sizeBytes; ) {
    signal.throwIfAborted()
    const left = image.sizeBytes - at
    const length = left < BigInt(FIXED_CHUNK_BYTES) ? Number(left) : FIXED_CHUNK_BYTES
    const bytes = await image.read(at, length)
    if (bytes.length !== length) throw new RangeError(`the image gave ${bytes.length} of ${length} bytes at ${at}`)
    const pending = archive.write(bytes)
    if (pending !== undefined) await pending
    observer.bytes(length)
    at += BigInt(length)
  }
}
