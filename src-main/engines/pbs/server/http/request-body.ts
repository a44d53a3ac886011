import { finished, type Readable } from 'node:stream'
import { ApiError } from '../api-error.ts'

/** What comes with a request, to be read once, in either way. */
export interface RequestBody extends AsyncIterable<Uint8Array> {
  /**
   * The whole body, in a buffer of its own. Stops with the refusal at the first byte beyond the limit; the rest is
   * drained, so that the connection goes on.
   */
  collect(maxBytes: number, tooLarge?: (bytes: number) => ApiError): Promise<Uint8Array<ArrayBuffer>>
}

export function bodyOf(stream: Readable): RequestBody {
  return {
    [Symbol.asyncIterator]: () => stream.iterator({ destroyOnReturn: false }),
    collect: (maxBytes, tooLarge = () => new ApiError('request body too large', 413)) =>
      collect(stream, maxBytes, tooLarge),
  }
}

/** By events: an iterator takes a turn of the loop for each of the small pieces that HTTP/2 comes in. */
function collect(
  stream: Readable,
  maxBytes: number,
  tooLarge: (bytes: number) => ApiError,
): Promise<Uint8Array<ArrayBuffer>> {
  return new Promise((resolve, reject) => {
    const pieces: Uint8Array[] = []
    let length = 0
    const onData = (piece: Uint8Array) => {
      length += piece.length
      if (length <= maxBytes) return void pieces.push(piece)
      stop()
      // Without a listener the rest flows away.
      reject(tooLarge(length))
    }
    const unwatch = finished(stream, { writable: false }, (error) => {
      stop()
      if (error) reject(error)
      else resolve(join(pieces, length))
    })
    const stop = () => {
      stream.removeListener('data', onData)
      unwatch()
    }
    stream.on('data', onData)
  })
}

/** Memory is set aside for what came, not for what was announced. It need not be zeroed first: every byte is written. */
function join(pieces: readonly Uint8Array[], length: number): Uint8Array<ArrayBuffer> {
  const buffer = Buffer.allocUnsafeSlow(length)
  let at = 0
  for (const piece of pieces) {
    buffer.set(piece, at)
    at += piece.length
  }
  return new Uint8Array(buffer.buffer, 0, length)
}
