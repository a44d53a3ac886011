import type { Readable } from 'node:stream'
import { ApiError } from '../api-error.ts'

/** A body whose connection goes on when it is refused before its end: Node drains what is left. */
export function bodyOf(stream: Readable): AsyncIterable<Uint8Array> {
  return { [Symbol.asyncIterator]: () => stream.iterator({ destroyOnReturn: false }) }
}

/** The whole body, in a buffer of its own. Stops reading with 413 at the first byte beyond the limit. */
export async function collectBody(body: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  return await collectUpTo(body, maxBytes, () => new ApiError('request body too large', 413))
}

/** As `collectBody`, with the refusal of the caller's choice. */
export async function collectUpTo(
  body: AsyncIterable<Uint8Array>,
  maxBytes: number,
  tooLarge: (bytes: number) => ApiError,
): Promise<Uint8Array<ArrayBuffer>> {
  const pieces: Uint8Array[] = []
  let length = 0
  for await (const piece of body) {
    length += piece.length
    if (length > maxBytes) throw tooLarge(length)
    pieces.push(piece)
  }
  const whole = new Uint8Array(length)
  let at = 0
  for (const piece of pieces) {
    whole.set(piece, at)
    at += piece.length
  }
  return whole
}
