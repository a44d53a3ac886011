import { pipeline } from 'node:stream'
import type { Header } from 'tar-stream'

/** Headers of a tar file in their order; contents pass unread. Throws plain Errors where it is damaged or ends too early. */
export async function* listTar(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Header> {
  const { extract } = await import('tar-stream') // as in tar-stream.ts
  const entries = pipeline(pieces, extract(), () => {}) // its failure ends the loop below
  for await (const entry of entries) {
    entry.resume()
    yield entry.header
  }
}
