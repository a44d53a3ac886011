import { setTimeout as sleep } from 'node:timers/promises'
import { HoldfastError } from '../../../../src-shared/errors.ts'

export interface HttpOptions {
  /** The whole value of the header, for stores behind a login. Never printed. */
  readonly authorization?: string | undefined
  /** Tries in all, with pauses that double. */
  readonly attempts?: number | undefined
  readonly firstPauseMs?: number | undefined
  /** So long a server may say nothing. */
  readonly silenceMs?: number | undefined
}

export const defaultAttempts = 5
const defaultFirstPauseMs = 200
const defaultSilenceMs = 60_000

/** The server is busy, or about to come back: worth another try. */
const passing: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504])

/** A failure that may be gone the next time. */
class PassingFailure extends Error {}

/**
 * Runs `work` until it does not fail for a passing reason. What it throws in the end is `repository/unreachable`, with an
 * address that holds neither login nor query.
 */
export async function withRetries<Result>(
  url: URL,
  options: HttpOptions,
  work: (attempt: number) => Promise<Result>,
  signal: AbortSignal,
): Promise<Result> {
  const { attempts = defaultAttempts, firstPauseMs = defaultFirstPauseMs } = options
  for (let attempt = 1; ; attempt++) {
    try {
      return await work(attempt)
    } catch (error) {
      signal.throwIfAborted()
      if (error instanceof HoldfastError) throw error
      if (attempt >= attempts) {
        const reason = error instanceof PassingFailure ? error.message : 'The connection broke.'
        throw new HoldfastError('repository/unreachable', { detail: `${printable(url)}: ${reason}`, cause: error })
      }
    }
    await sleep(firstPauseMs * 2 ** (attempt - 1), undefined, { signal })
  }
}

/** A success. Read its body with `readBody`, or call `done`. */
export interface HttpAnswer {
  readonly response: Response
  /** The server said something: the time it may be silent begins anew. */
  heard(): void
  /** Nobody waits for it any more. */
  done(): void
}

/** Undefined when there is no such thing; throws for whatever is neither that nor a success. */
export async function request(
  url: URL,
  { authorization, silenceMs = defaultSilenceMs }: HttpOptions,
  init: { readonly method: string; readonly headers?: Readonly<Record<string, string>> },
  signal: AbortSignal,
): Promise<HttpAnswer | undefined> {
  const silence = new AbortController()
  const timer = setTimeout(() => silence.abort(new Error('the server says nothing')), silenceMs)
  const done = (): void => clearTimeout(timer)
  try {
    const response = await fetch(url, {
      ...init,
      // A chunk is compressed by itself; what a server would add is nothing but trouble (spec casync §5).
      headers: { 'accept-encoding': 'identity', ...(authorization && { authorization }), ...init.headers },
      signal: AbortSignal.any([signal, silence.signal]),
    })
    if (isWelcome(response, url)) return { response, heard: () => timer.refresh(), done }
    await response.body?.cancel()
    done()
    return undefined
  } catch (error) {
    done()
    throw error
  }
}

/** False for "there is none". What else is no success is thrown; a body that nobody reads is ended by the collector. */
function isWelcome({ ok, status, headers }: Response, url: URL): boolean {
  if (ok && headers.has('content-encoding')) {
    throw new HoldfastError('repository/unsupported', { detail: `${printable(url)} comes with a Content-Encoding.` })
  }
  if (ok) return true
  if (status === 404 || status === 410) return false
  if (status === 401 || status === 403) throw new HoldfastError('auth/denied', { detail: printable(url) })
  const reason = `The server answered ${status}.`
  if (passing.has(status)) throw new PassingFailure(reason)
  throw new HoldfastError('repository/unreachable', { detail: `${printable(url)}: ${reason}` })
}

/** Without login and query. */
export function printable({ origin, pathname }: URL): string {
  return `${origin}${pathname}`
}

export function parseHttpUrl(text: string): URL {
  const url = URL.parse(text)
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new HoldfastError('input/invalid', { detail: 'This is no http or https address.' })
  }
  return url
}

/** The parts of a body. */
export async function* readBody(
  { response, heard, done }: HttpAnswer,
  maxBytes: number,
  url: URL,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined> {
  let bytes = 0
  try {
    for await (const piece of response.body ?? []) {
      heard()
      bytes += piece.length
      if (bytes > maxBytes) {
        throw new HoldfastError('repository/unsupported', {
          detail: `${printable(url)} is longer than ${maxBytes} bytes.`,
        })
      }
      yield piece
    }
  } finally {
    done()
  }
}
