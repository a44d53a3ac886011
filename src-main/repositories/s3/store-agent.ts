import type { ClientRequestArgs } from 'node:http'
import { Agent } from 'node:https'
import type { Duplex } from 'node:stream'
import { HoldfastError } from '../../../src-shared/errors.ts'
import { dial } from '../../engines/pbs/client/transport/dial.ts'
import { proxyFor } from '../../engines/pbs/client/transport/proxy.ts'
import { createTrustStore } from '../../engines/pbs/client/transport/trust-store.ts'

export interface StoreAgentOptions {
  /** Trusted by a person; needed where no authority vouches for the certificate. */
  readonly fingerprint: string | undefined
  readonly maxSockets: number
  readonly environment: Readonly<Record<string, string | undefined>>
}

/**
 * Connections in TLS to a store of one's own, which may have made its certificate itself: as to a Proxmox Backup Server, nothing is
 * written to it before its certificate is vouched for or the pinned one.
 */
export function createStoreAgent(options: StoreAgentOptions): Agent {
  return new StoreAgent(options)
}

class StoreAgent extends Agent {
  readonly #options: StoreAgentOptions
  readonly #trustStore = createTrustStore()

  constructor(options: StoreAgentOptions) {
    super({ keepAlive: true, maxSockets: options.maxSockets })
    this.#options = options
  }

  override createConnection(
    { host, port }: ClientRequestArgs,
    callback?: (error: Error | null, socket: Duplex) => void,
  ): Duplex | null | undefined {
    if (!host) throw new HoldfastError('input/invalid', { detail: 'The endpoint names no host.' })
    const { fingerprint, environment } = this.#options
    const endpoint = { host, port: Number(port ?? 443) }
    const target = { ...endpoint, fingerprint, trustStore: this.#trustStore, proxy: proxyFor(endpoint, environment) }
    // The dial has a deadline of its own: a kept connection does not belong to the request that asked for it.
    dial(target, new AbortController().signal).then(
      (socket) => callback?.(null, socket),
      // Node does not look at the socket when there is an error.
      (error: Error) => callback?.(error, undefined as unknown as Duplex),
    )
    return undefined
  }
}
