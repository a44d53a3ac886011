import http from 'node:http'
import type { Duplex } from 'node:stream'
import { HoldfastError } from '../../../../../src-shared/errors.ts'
import { formatEndpoint } from '../address/repository-address.ts'
import type { Endpoint } from './connection-failure.ts'

const DEFAULT_PROXY_PORT = 80
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|::1)$/

export interface HttpProxy extends Endpoint {
  /** For the Proxy-Authorization header. */
  readonly authorization?: string | undefined
}

type Variables = Readonly<Record<string, string | undefined>>

/**
 * The HTTP proxy that the environment names for a server, by `https_proxy`, `all_proxy` and `no_proxy` in either case.
 * What is on this computer itself is never asked through one. Throws `input/invalid` for a proxy of another kind.
 */
export function proxyFor(target: Endpoint, variables: Variables): HttpProxy | undefined {
  const text = either(variables, 'https_proxy') ?? either(variables, 'all_proxy')
  if (text === undefined || LOOPBACK.test(target.host)) return undefined
  if (isExempt(target, either(variables, 'no_proxy') ?? '')) return undefined
  return parseProxy(text)
}

/** Asks the proxy for a connection to the server; TLS goes through it, so the proxy sees nothing. */
export async function connectThroughProxy(proxy: HttpProxy, target: Endpoint, signal: AbortSignal): Promise<Duplex> {
  return await new Promise<Duplex>((resolve, reject) => {
    const endpoint = formatEndpoint(target)
    const request = http.request({
      host: proxy.host,
      port: proxy.port,
      method: 'CONNECT',
      path: endpoint,
      agent: false,
      signal,
      headers: {
        host: endpoint,
        ...(proxy.authorization === undefined ? {} : { 'proxy-authorization': proxy.authorization }),
      },
    })
    request.once('error', reject)
    request.once('connect', (response, socket, head) => {
      if (response.statusCode === 200) {
        if (head.length > 0) socket.unshift(head)
        resolve(socket)
        return
      }
      socket.destroy()
      reject(refusedByProxy(proxy, response.statusCode ?? 0))
    })
    // A proxy that answers as if this were a page.
    request.once('response', (response) => {
      response.destroy()
      reject(refusedByProxy(proxy, response.statusCode ?? 0))
    })
    request.end()
  })
}

function refusedByProxy(proxy: HttpProxy, status: number): HoldfastError {
  const detail = `The proxy ${formatEndpoint(proxy)} answered ${status}.`
  return new HoldfastError('repository/unreachable', {
    detail,
    hint:
      status === 407
        ? 'It wants a name and a password.'
        : 'Except the server from it with no_proxy, or ask its keeper.',
  })
}

function parseProxy(text: string): HttpProxy {
  const url = URL.parse(text.includes('://') ? text : `http://${text}`)
  if (url === null || url.protocol !== 'http:' || url.hostname === '') {
    throw new HoldfastError('input/invalid', { detail: 'The environment names a proxy that is not an HTTP proxy.' })
  }
  const login =
    url.username === '' ? undefined : `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? DEFAULT_PROXY_PORT : Number(url.port),
    authorization: login === undefined ? undefined : `Basic ${Buffer.from(login).toString('base64')}`,
  }
}

/** A list of names, each standing for what is below it too, or `*`; a port makes it count for that port only. */
function isExempt({ host, port }: Endpoint, list: string): boolean {
  return list
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .some((entry) => {
      if (entry === '*') return true
      const [, name = '', digits] = /^\*?\.?(.+?)(?::(\d+))?$/.exec(entry.toLowerCase()) ?? []
      if (digits !== undefined && !name.includes(':') && Number(digits) !== port) return false
      const plain = name.replace(/^\[|\]$/g, '')
      return host === plain || host === entry.toLowerCase() || host.endsWith(`.${plain}`)
    })
}

function either(variables: Variables, name: string): string | undefined {
  return variables[name] || variables[name.toUpperCase()] || undefined
}
