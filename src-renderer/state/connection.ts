import type { ClientContext, ClientLink } from '@orpc/client'
import { RPCLink as PortLink } from '@orpc/client/message-port'
import { RPCLink as SocketLink } from '@orpc/client/websocket'
import { createStore, type StoreApi } from 'zustand/vanilla'
import { retryDelay } from './retry-delay.ts'

type Link = ClientLink<ClientContext>

/** The message by which the preload hands over its port. */
const PORT_MESSAGE = 'holdfast:port'

export type ConnectionStatus =
  | { readonly state: 'connecting' }
  | { readonly state: 'connected' }
  | { readonly state: 'lost'; readonly since: number; readonly nextAttemptAt: number | undefined }

export interface Connection {
  readonly status: StoreApi<ConnectionStatus>
  /** The live link; waits while there is none. Rejects with the reason of the signal. */
  link(signal?: AbortSignal): Promise<Link>
  /** Tries again at once instead of when the pause is over. */
  retry(): void
}

/**
 * connecting ─► connected ─► lost ─► connected …
 *
 * In the desktop shell the preload posts a MessagePort; a browser talks to the origin that served it. Whoever answers
 * first is used, and a port always wins: it only exists in the shell.
 */
export function openConnection(window: Window): Connection {
  const status = createStore<ConnectionStatus>(() => ({ state: 'connecting' }))
  const waiting = new Set<(link: Link) => void>()
  let current: Link | undefined
  let hasPort = false
  let attempt = 0
  let timer: number | undefined

  const use = (link: Link) => {
    current = link
    attempt = 0
    status.setState({ state: 'connected' }, true)
    for (const resolve of waiting) resolve(link)
    waiting.clear()
  }
  const lose = (link: Link | undefined, nextAttemptAt: number | undefined) => {
    if (link !== undefined && current !== link) return
    current = undefined
    const before = status.getState()
    status.setState({ state: 'lost', since: before.state === 'lost' ? before.since : Date.now(), nextAttemptAt }, true)
  }

  const dial = () => {
    window.clearTimeout(timer)
    if (hasPort) return
    const url = new URL('/rpc', window.location.href)
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
    const socket = new WebSocket(url)
    const link = new SocketLink<ClientContext>({ websocket: socket })
    socket.addEventListener('open', () => (hasPort ? socket.close() : use(link)))
    socket.addEventListener('close', () => {
      if (hasPort) return
      const delay = retryDelay(attempt++)
      lose(undefined, Date.now() + delay)
      timer = window.setTimeout(dial, delay)
    })
  }

  window.addEventListener('message', (event) => {
    const port = event.ports[0]
    if (event.source !== window || event.data !== PORT_MESSAGE || port === undefined) return
    hasPort = true
    window.clearTimeout(timer)
    const link = new PortLink<ClientContext>({ port })
    port.addEventListener('close', () => lose(link, undefined))
    port.start()
    use(link)
  })
  if (window.location.protocol.startsWith('http')) dial()

  return {
    status,
    link: (signal) =>
      current !== undefined
        ? Promise.resolve(current)
        : new Promise((resolve, reject) => {
            waiting.add(resolve)
            signal?.addEventListener('abort', () => {
              waiting.delete(resolve)
              reject(signal.reason)
            })
          }),
    retry: () => {
      if (current === undefined) dial()
    },
  }
}
