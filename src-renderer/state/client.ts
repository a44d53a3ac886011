import { type ClientContext, type ClientLink, createORPCClient } from '@orpc/client'
import type { Client } from '../../src-shared/contract/index.ts'
import type { Connection } from './connection.ts'

/**
 * The one client of the window. A call made while the connection is down waits for it; one that was under way when it
 * broke rejects, since only its caller knows whether it may be repeated.
 */
export function createClient(connection: Connection): Client {
  const link: ClientLink<ClientContext> = {
    call: async (path, input, options) => (await connection.link(options.signal)).call(path, input, options),
  }
  return createORPCClient<Client>(link)
}
