import { eventIterator, oc } from '@orpc/contract'
import { z } from 'zod'
import { server, serverConfig, serverEvent, serverKind } from '../model/server.ts'
import { raises } from './raises.ts'

/** What this computer offers to others. All of it is off until a person switches it on. */
export const serversContract = {
  list: oc.output(z.array(server)),
  events: oc.output(eventIterator(serverEvent)),
  /** A running server is started again with the new settings. `secrets` replaces those named; an empty text removes one. */
  configure: oc
    .input(z.object({ config: serverConfig, secrets: z.record(z.string().max(64), z.string().max(4096)).optional() }))
    .output(server)
    .errors(raises('repository/unknown', 'input/invalid')),
  /** Returns when it listens. Remembered: it starts with Holdfast from now on. */
  start: oc
    .input(z.object({ kind: serverKind }))
    .output(server)
    .errors(raises('server/unavailable', 'input/invalid', 'repository/unknown')),
  /** Cuts all connections. */
  stop: oc.input(z.object({ kind: serverKind })).output(server),
}
