import type { StreamWriter } from './stream-writer.ts'
import type { FileContent } from './tree.ts'

/** Rather than reading less than this at the end of a block, go on in the next. */
const smallestReadBytes = 4096

/** How the content of a file came to differ from its announced size. */
export type ContentProblem =
  /** It ended early: the rest is zeros. */
  | { readonly kind: 'shrank'; readonly readBytes: number }
  /** There was more than announced: the rest is left out. */
  | { readonly kind: 'grew' }
  /** Reading failed half way: the rest is zeros. */
  | { readonly kind: 'failed'; readonly readBytes: number; readonly cause: unknown }

/**
 * Reads a file straight into the blocks of a stream: exactly `sizeBytes`, whatever the file turns out to hold, since its
 * header is written already. Closes the content. Failures of the sink and aborts pass through; a failing read does not.
 */
export async function writeFileBody(
  out: StreamWriter,
  content: FileContent,
  sizeBytes: number,
  signal: AbortSignal,
): Promise<ContentProblem | undefined> {
  let problem: ContentProblem | undefined
  let left = sizeBytes
  try {
    // One byte more than announced is asked for, where there is room: so growth shows without another read.
    while (problem === undefined && (left > 0 || sizeBytes === 0)) {
      signal.throwIfAborted()
      let room = out.tail()
      if (room.length < Math.min(left + 1, smallestReadBytes)) {
        const flushed = out.flush()
        if (flushed !== undefined) await flushed
        room = out.tail()
      }
      const into = room.length > left ? room.subarray(0, left + 1) : room
      let got: number
      try {
        const pending = content.read(into)
        got = typeof pending === 'number' ? pending : await pending
      } catch (cause) {
        signal.throwIfAborted()
        problem = { kind: 'failed', readBytes: sizeBytes - left, cause }
        break
      }
      if (got > left) problem = { kind: 'grew' }
      else if (got === 0 && left > 0) problem = { kind: 'shrank', readBytes: sizeBytes - left }
      out.commit(Math.min(got, left))
      left -= Math.min(got, left)
      if (sizeBytes === 0) break
    }
    while (left > 0) {
      signal.throwIfAborted()
      const room = out.tail()
      const zeros = Math.min(room.length, left)
      room.fill(0, 0, zeros)
      out.commit(zeros)
      left -= zeros
      if (zeros === room.length) {
        const flushed = out.flush()
        if (flushed !== undefined) await flushed
      }
    }
    return problem
  } finally {
    const closed = content.close()
    if (closed !== undefined) await closed
  }
}
