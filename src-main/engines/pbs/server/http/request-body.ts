import { finished, type Readable } from 'node:stream'
import { BodyBuffer } from '../../wire/body-buffer.ts'
import { ApiError } from '../api-error.ts'

/** What comes with a request, to be read once, in either way. */
export interface RequestBody extends AsyncIterable<Uint8Array> {
  /**
   * The whole body, in a buffer of its own. Stops with the refusal at the first byte beyond the limit; the rest is
   * drained, so that the connection goes on. `expectedBytes` is what the call announced, if it did.
   */
  collect(
    maxBytes: number,
    tooLarge?: (bytes: number) => ApiError,
    expectedBytes?: number,
  ): Promise<Uint8Array<ArrayBuffer>>
}

export function bodyOf(stream: Readable): RequestBody {
  return {
    [Symbol.asyncIterator]: () => stream.iterator({ destroyOnReturn: false }),
    collect: (maxBytes, tooLarge = () => new ApiError('request body too large', 413), expectedBytes = 0) =>
      collect(stream, { maxBytes, tooLarge, expectedBytes }),
  }
}

interface CollectOptions {
  readonly maxBytes: number
  readonly tooLarge: (bytes: number) => ApiError
  readonly expectedBytes: number
}

/** By events: an iterator takes a turn of the loop for each of the small pieces that HTTP/2 comes in. */
function collect(
  stream: Readable,
  { maxBytes, tooLarge, expectedBytes }: CollectOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  return new Promise((resolve, reject) => {
    const body = new BodyBuffer(Math.min(expectedBytes, maxBytes))
    const onData = (piece: Uint8Array) => {
      const length = body.length + piece.length
      if (length <= maxBytes) return body.append(piece)
      stop()
      // Without a listener the rest flows away.
      reject(tooLarge(length))
    }
    const unwatch = finished(stream, { writable: false }, (error) => {
      stop()
      if (error) reject(error)
      else resolve(body.take())
    })
    const stop = () => {
      stream.removeListener('data', onData)
      unwatch()
    }
    stream.on('data', onData)
  })
}
