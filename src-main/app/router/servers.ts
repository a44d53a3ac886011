import type { Services } from '../services/services.ts'
import { guarded, type Implementer } from './implementer.ts'

export function serversRouter(os: Implementer, { servers, bugs }: Services) {
  return {
    list: os.servers.list.handler(() => servers.list()),
    events: os.servers.events.handler(({ signal }) => guarded(servers.events(signal), bugs)),
    configure: os.servers.configure.handler(({ input }) => servers.configure(input.config, input.secrets)),
    start: os.servers.start.handler(({ input }) => servers.start(input.kind)),
    stop: os.servers.stop.handler(({ input }) => servers.stop(input.kind)),
  }
}
