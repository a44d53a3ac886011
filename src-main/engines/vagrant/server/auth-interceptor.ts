import type { Interceptor } from '@connectrpc/connect'
import { isVagrantService, tokenEnd } from './call-context.ts'

export const authorizationHeader = 'authorization'

/** Whoever has no token yet may call these (section 5.5). */
const openMethods: ReadonlySet<string> = new Set(['GetVersionInfo', 'BootstrapToken', 'ConvertInviteToken'])

export interface TokenCheck {
  /** Gets the token as it was sent, without a scheme word. Throws when it is not good for the method; returns its id. */
  authenticate(token: string | undefined, method: string): string
  /** Aborts when the token is revoked before the call is over. */
  untilRevoked(tokenId: string, call: AbortSignal): AbortSignal
}

/** Lets calls in. A stream is told when its token is not taken any more: it may be open for days. */
export function authInterceptor(check: TokenCheck): Interceptor {
  return (next) => async (request) => {
    const method = request.method.name
    // Reflection and health are for everybody.
    if (isVagrantService(request.service.typeName) && !openMethods.has(method)) {
      const tokenId = check.authenticate(presentedToken(request.header), method)
      if (request.stream) request.contextValues.set(tokenEnd, check.untilRevoked(tokenId, request.signal))
    }
    return await next(request)
  }
}

function presentedToken(headers: Headers): string | undefined {
  const value = headers.get(authorizationHeader)
  if (value === null) return undefined
  // A repeated header comes joined; the first counts.
  return value.split(', ')[0]?.replace(/^Bearer +/i, '')
}
