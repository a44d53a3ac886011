/** Where a node listens. IPv6 addresses are without brackets here. */
export interface NodeAddress {
  readonly host: string
  readonly port: number
}

/** Ports of the data service, without and with TLS (spec couchbase §3). */
export const defaultPorts = { plain: 11_210, secure: 11_207 } as const

/** `host`, `host:port`, `[::1]:port`, or a bare IPv6 address. Undefined for anything else. */
export function parseAddress(text: string, defaultPort: number = defaultPorts.plain): NodeAddress | undefined {
  const [, bracketed, name, portText] =
    /^(?:\[([0-9A-Fa-f:.]+(?:%[\w.]+)?)\]|([^[\]:\s/]+))(?::(\d{1,5}))?$/.exec(text) ?? []
  if (bracketed === undefined && name === undefined) {
    return /^[0-9A-Fa-f.]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*$/.test(text) ? { host: text, port: defaultPort } : undefined
  }
  const port = portText === undefined ? defaultPort : Number(portText)
  return port >= 1 && port <= 0xffff ? { host: bracketed ?? name ?? '', port } : undefined
}

export function formatAddress({ host, port }: NodeAddress): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`
}

/** Nobody listens on the way to oneself. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host)
}
