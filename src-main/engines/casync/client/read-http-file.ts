import { HoldfastError } from '../../../../src-shared/errors.ts'
import {
  defaultAttempts,
  type HttpOptions,
  parseHttpUrl,
  printable,
  readBody,
  request,
  withRetries,
} from './http-access.ts'

export interface HttpFileOptions extends HttpOptions {
  /** Longer ones are refused. */
  readonly maxBytes: number
}

interface Place {
  /** So many bytes have come. */
  taken: number
  /** What the server said about this version of the file. */
  etag: string | undefined
}

/**
 * An index or an archive behind a web server, in pieces (spec casync §5). One that breaks off goes on where it was, as long
 * as the server says that it is the same; else it fails. Throws `path/not-found`, `repository/unreachable`.
 */
export async function* readHttpFile(
  address: string,
  options: HttpFileOptions,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  const url = parseHttpUrl(address)
  const place: Place = { taken: 0, etag: undefined }
  const { attempts = defaultAttempts } = options
  for (let failures = 0; ; ) {
    try {
      for await (const piece of await open(url, place, options, signal)) {
        place.taken += piece.length
        failures = 0
        yield piece
      }
      return
    } catch (error) {
      signal.throwIfAborted()
      if (error instanceof HoldfastError) throw error
      if (++failures >= attempts || place.etag === undefined) {
        throw new HoldfastError('repository/unreachable', {
          detail: `${printable(url)}: The connection broke.`,
          cause: error,
        })
      }
    }
  }
}

async function open(
  url: URL,
  place: Place,
  options: HttpFileOptions,
  signal: AbortSignal,
): Promise<AsyncGenerator<Uint8Array, void, undefined>> {
  const { taken, etag } = place
  const headers = taken > 0 && etag !== undefined ? { range: `bytes=${taken}-`, 'if-range': etag } : undefined
  const init = { method: 'GET', ...(headers && { headers }) }
  const answer = await withRetries(url, options, () => request(url, options, init, signal), signal)
  if (answer === undefined) throw new HoldfastError('path/not-found', { detail: printable(url) })
  const { response } = answer
  if (taken > 0 && !isContinued(response, taken)) {
    answer.done()
    await response.body?.cancel()
    throw new HoldfastError('repository/unreachable', { detail: `${printable(url)} changed while it was read.` })
  }
  const found = response.headers.get('etag')
  // A weak one does not promise the same bytes.
  if (taken === 0 && found !== null && !found.startsWith('W/')) place.etag = found
  return readBody(answer, options.maxBytes - taken, url)
}

function isContinued(response: Response, taken: number): boolean {
  return response.status === 206 && (response.headers.get('content-range')?.startsWith(`bytes ${taken}-`) ?? false)
}
