import type { Interceptor } from '@connectrpc/connect'
import { isVagrantService } from './call-context.ts'

export const authorizationHeader = 'authorization'

/** Whoever has no token yet may call these (section 5.5). */
const openMethods: ReadonlySet<string> = new Set(['GetVersionInfo', 'BootstrapToken', 'ConvertInviteToken'])

/** `check` gets the token as it was sent, without a scheme word, and throws when it is not good for the method. */
export function authInterceptor(check: (token: string | undefined, method: string) => void): Interceptor {
  return (next) => async (request) => {
    const method = request.method.name
    // Reflection and health are for everybody.
    if (isVagrantService(request.service.typeName) && !openMethods.has(method))
      check(presentedToken(request.header), method)
    return await next(request)
  }
}

function presentedToken(headers: Headers): string | undefined {
  const value = headers.get(authorizationHeader)
  if (value === null) return undefined
  // A repeated header comes joined; the first counts.
  return value.split(', ')[0]?.replace(/^Bearer +/i, '')
}
