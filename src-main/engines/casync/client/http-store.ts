import type { Digest } from '../../../../src-shared/model/digest.ts'
import { maxChunkBytes } from '../chunker/chunk-sizes.ts'
import { type OpenChunkOptions, openChunk } from '../store/chunk-payload.ts'
import type { ChunkStore } from '../store/chunk-store.ts'
import { defaultChunkSuffix } from '../store/layout.ts'
import { type HttpOptions, parseHttpUrl, readBody, request, withRetries } from './http-access.ts'

export interface HttpStoreOptions extends HttpOptions {
  readonly suffix?: string | undefined
}

/**
 * A store behind a web server (spec casync §5): `URL/29ba/29bae0d6….cacnk`. Any number of reads at once; Node keeps the
 * connections.
 */
export class HttpStore implements ChunkStore {
  readonly #root: URL
  readonly #options: HttpStoreOptions

  /** A query of the address, and what follows a `;`, is dropped, as casync does. Throws `input/invalid`. */
  constructor(url: string, options: HttpStoreOptions = {}) {
    this.#root = parseHttpUrl(url.split(/[?;]/)[0] ?? '')
    this.#options = options
  }

  async get(id: Digest, options: OpenChunkOptions, signal: AbortSignal): Promise<Uint8Array | undefined> {
    const url = this.#urlOf(id)
    const bytes = await withRetries(
      url,
      this.#options,
      async () => {
        const answer = await request(url, this.#options, { method: 'GET' }, signal)
        return answer && Buffer.concat(await Array.fromAsync(readBody(answer, maxChunkBytes, url)))
      },
      signal,
    )
    return bytes && openChunk(id, { bytes, isCompressed: true }, options)
  }

  async has(id: Digest, signal: AbortSignal): Promise<boolean> {
    const url = this.#urlOf(id)
    const head = async (): Promise<boolean> => {
      const answer = await request(url, this.#options, { method: 'HEAD' }, signal)
      answer?.done()
      return answer !== undefined
    }
    return await withRetries(url, this.#options, head, signal)
  }

  #urlOf(id: Digest): URL {
    const url = new URL(this.#root)
    url.pathname = `${url.pathname.replace(/\/+$/, '')}/${id.slice(0, 4)}/${id}${this.#options.suffix ?? defaultChunkSuffix}`
    return url
  }
}
