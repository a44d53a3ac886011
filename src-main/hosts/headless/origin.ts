/**
 * Refuses pages of other origins and names that were rebound to loopback (style S17): `Host` must be an address we listen
 * on, and `Origin`, where a browser sends one, must be that same host.
 */
export function isOwnRequest(
  headers: { readonly host?: string | undefined; readonly origin?: string | undefined },
  ownHosts: ReadonlySet<string>,
): boolean {
  if (!headers.host || !ownHosts.has(headers.host.toLowerCase())) return false
  return headers.origin === undefined || headers.origin.toLowerCase() === `http://${headers.host.toLowerCase()}`
}

/** The `Host` values a server at this address answers to. */
export function ownHosts(hostname: string, port: number): ReadonlySet<string> {
  const names = isLoopback(hostname) ? ['127.0.0.1', 'localhost', '[::1]'] : [hostname]
  return new Set(names.map((name) => `${name}:${port}`))
}

export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '::1' || /^127(\.\d{1,3}){3}$/.test(hostname)
}
