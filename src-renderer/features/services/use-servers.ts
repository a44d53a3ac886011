import type { Server, ServerEvent, ServerLogLine } from '../../../src-shared/model/server.ts'
import { type Streamed, useStream } from '../../state/use-stream.ts'

export interface Servers {
  readonly servers: readonly Server[]
  readonly log: readonly ServerLogLine[]
}

const nothing: Servers = { servers: [], log: [] }
const keptLines = 1000

/** The servers of this computer as they are now, and what they said. */
export function useServers(): Streamed<Servers> {
  return useStream<ServerEvent, Servers>({
    key: 'servers',
    open: (client, signal) => client.servers.events(undefined, { signal }),
    initial: nothing,
    apply: applyServerEvent,
  })
}

export function applyServerEvent(before: Servers, event: ServerEvent): Servers {
  switch (event.type) {
    case 'snapshot':
      return { servers: event.servers, log: event.log }
    case 'changed':
      return {
        ...before,
        servers: before.servers.map((server) =>
          server.config.kind === event.server.config.kind ? event.server : server,
        ),
      }
    case 'log':
      return { ...before, log: [...before.log, event.line].slice(-keptLines) }
  }
}
