import { z } from 'zod'
import { secretId } from './ids.ts'
import { agentConnection } from './mysql-source.ts'

const absolute = z.string().startsWith('/').max(4096)
const systemId = z.number().int().min(0).max(4_294_967_294)

/** What becomes of one point of a database server's lineage. Nothing that exists is overwritten. */
export const databaseTarget = z.discriminatedUnion('kind', [
  /** A new or empty folder that a server can be started on. */
  z.object({
    kind: z.literal('data-folder'),
    path: absolute,
    /** Of the user that the server runs as. Needs the rights to give files away. */
    owner: z.object({ uid: systemId, gid: systemId }).optional(),
  }),
  /** A server to look at, on a private socket, as long as its job runs; what is done in it is gone afterwards. */
  z.object({ kind: z.literal('server') }),
  /** One stream for the database's own tools: ready to be started from, or as the snapshot was stored. */
  z.object({
    kind: z.literal('xbstream'),
    path: absolute,
    state: z.enum(['prepared', 'stored']).default('prepared'),
  }),
  /** To an agent on another computer: into a new folder of those that it keeps for restores, prepared there. */
  z.object({ kind: z.literal('agent'), connection: agentConnection, secretId: secretId.optional() }),
  /** One table as SQL. */
  z.object({
    kind: z.literal('dump'),
    path: absolute,
    database: z.string().min(1).max(256),
    table: z.string().min(1).max(256),
  }),
])
export type DatabaseTarget = z.infer<typeof databaseTarget>
