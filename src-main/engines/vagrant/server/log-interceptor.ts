import { Code, ConnectError, type Interceptor } from '@connectrpc/connect'
import { authorizationHeader } from './auth-interceptor.ts'
import { negotiatedVersion } from './call-context.ts'
import type { ServerEventListener } from './server-event.ts'

/** Tells of each call when it is over: what was asked, how long it took, how it failed. Tokens are left out. */
export function logInterceptor(emit: ServerEventListener, now: () => number): Interceptor {
  return (next) => async (request) => {
    const startedMs = now()
    const tell = (error?: unknown): void => {
      const known = error === undefined ? undefined : ConnectError.from(error)
      const path = new URL(request.url).pathname
      emit({
        type: 'call',
        path,
        metadata: redacted(request.header),
        durationMs: now() - startedMs,
        version: request.contextValues.get(negotiatedVersion),
        failure: known === undefined ? undefined : Code[known.code],
      })
      if (known?.code === Code.Internal || (error !== undefined && !(error instanceof ConnectError))) {
        emit({ type: 'bug', path, error })
      }
    }
    try {
      const response = await next(request)
      if (!response.stream) {
        tell()
        return response
      }
      return { ...response, message: told(response.message, tell) }
    } catch (error) {
      tell(error)
      throw error
    }
  }
}

async function* told<Message>(
  messages: AsyncIterable<Message>,
  tell: (error?: unknown) => void,
): AsyncGenerator<Message> {
  let error: unknown
  try {
    yield* messages
  } catch (thrown) {
    error = thrown
    throw thrown
  } finally {
    tell(error)
  }
}

function redacted(headers: Headers): Record<string, string> {
  const metadata = Object.fromEntries(headers)
  if (metadata[authorizationHeader] !== undefined) metadata[authorizationHeader] = '(redacted)'
  return metadata
}
