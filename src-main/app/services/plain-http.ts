import { isLoopback } from '../servers/is-loopback.ts'

/** What follows the verdict on a store: a person who typed http has to know what that means. Empty where it means nothing. */
export function dangerOfPlainHttp(endpoint: string | undefined): string {
  const url = endpoint === undefined ? undefined : new URL(endpoint)
  if (url?.protocol !== 'http:' || isLoopback(url.hostname.replace(/^\[|\]$/g, ''))) return ''
  return ' It is reached by plain http: what is not encrypted can be read on the way.'
}
