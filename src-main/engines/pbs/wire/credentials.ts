import { type AuthId, parseAuthId } from './names.ts'
import { percentDecode } from './percent.ts'

/** Headers that say who calls (spec pbs §1.3). */

export const COOKIE_NAME = 'PBSAuthCookie'
/** 4.x: set by the server with `http-only`, and preferred. */
export const HOST_COOKIE_NAME = '__Host-PBSAuthCookie'
export const CSRF_HEADER = 'csrfpreventiontoken'
/** Clears the cookie of a ticket that is no good any more. */
export const CLEARED_COOKIE = `${COOKIE_NAME}=; expires=Thu, 01 Jan 1970 00:00:00 GMT; Secure; SameSite=Lax; Path=/;`

const TOKEN_SCHEME = /^PBSAPIToken[ =](.*)$/
/** Far above what a header may carry in practice; Node's own bound of all headers is 16 KiB. */
const MAX_HEADER_LENGTH = 8192

export interface TokenCredentials {
  readonly authId: AuthId
  readonly secret: string
}

/** `PBSAPIToken user@realm!name:secret`, also with `=` after the scheme; the secret is percent-decoded. */
export function parseTokenHeader(header: string): TokenCredentials | undefined {
  if (header.length > MAX_HEADER_LENGTH) return undefined
  const text = TOKEN_SCHEME.exec(header)?.[1]
  const colon = text?.indexOf(':') ?? -1
  if (text === undefined || colon < 0) return undefined
  const authId = parseAuthId(text.slice(0, colon))
  const secret = percentDecode(text.slice(colon + 1))
  if (authId?.token === undefined || secret === undefined || secret === '') return undefined
  return { authId, secret }
}

export function formatTokenHeader({ user, token }: Required<AuthId>, secret: string): string {
  return `PBSAPIToken ${user}!${token}:${encodeURIComponent(secret)}`
}

/** The ticket of a Cookie header, decoded; the `__Host-` one when there are both. */
export function parseTicketCookie(header: string): string | undefined {
  if (header.length > MAX_HEADER_LENGTH) return undefined
  const values = new Map<string, string>()
  for (const pair of header.split(';')) {
    const equals = pair.indexOf('=')
    if (equals > 0) values.set(pair.slice(0, equals).trim(), pair.slice(equals + 1).trim())
  }
  const value = values.get(HOST_COOKIE_NAME) ?? values.get(COOKIE_NAME)
  return value === undefined ? undefined : percentDecode(value)
}

/** As the original client writes it: only what a cookie cannot carry is escaped, so that `%`, `:`, `/`, `+`, `=` stay. */
export function formatTicketCookie(ticket: string): string {
  // Everything outside of printable ASCII, and the few printable characters of the rule.
  return `${COOKIE_NAME}=${ticket.replaceAll(/[^!$-;=@-z|~]/gu, (character) => encodeURIComponent(character))}`
}
