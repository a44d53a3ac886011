import type { IncomingMessage } from 'node:http'
import { hostname } from 'node:os'
import type { Duplex } from 'node:stream'
import type { ChunkSealer } from '../../../storage/seal/chunk-sealer.ts'
import { WorkerSealer } from '../../../storage/seal/worker-sealer.ts'
import { certificateFingerprint } from '../wire/fingerprint.ts'
import { formatAuthId, isDatastoreName } from '../wire/names.ts'
import { parseForm } from '../wire/read-parameters.ts'
import type { AccessConfig } from './access/access-config.ts'
import { AccessControl } from './access/access-control.ts'
import { openRoutes } from './admin/access-routes.ts'
import { adminRoutes } from './admin/admin-routes.ts'
import type { ChunkChecker } from './chunk-checker.ts'
import { type Clock, systemClock } from './clock.ts'
import { type ClientConnection, ConnectionRegistry } from './connections/connection-registry.ts'
import type { ServerEvent, TaskFacts } from './connections/server-event.ts'
import {
  type ApiServer,
  type ApiSocket,
  addressOf,
  protocolOf,
  readUpgrade,
  refuseUpgrade,
  serveApiOverHttp2,
  serveRequest,
} from './http/api-connection.ts'
import { createListener } from './http/listener.ts'
import { refuse } from './http/respond.ts'
import { runProtocol, startProtocol } from './run-protocol.ts'
import type { ServedDatastore, ServerContext, ServerLog } from './server-context.ts'
import { type Task, TaskRegistry } from './tasks/task-registry.ts'
import { WorkerChecker } from './worker-checker.ts'

export interface PbsServerOptions {
  readonly datastores: readonly ServedDatastore[]
  /** Users, tokens and rights; asked at every call, so that a change counts at once. `config` of an `AccessStore`. */
  readonly access: () => AccessConfig
  /** PEM. `createSelfSignedCertificate` makes one. */
  readonly tls: { readonly key: string; readonly certificate: string }
  readonly clock?: Clock | undefined
  readonly log?: ServerLog | undefined
  /** Who comes and goes, and what they do. Must return at once and not throw. */
  readonly onEvent?: ((event: ServerEvent) => void) | undefined
  /** Name of this computer in task ids. */
  readonly node?: string | undefined
  /** 32 bytes; with a kept one, tickets survive a restart. */
  readonly ticketSecret?: Uint8Array | undefined
  /** Closed with the server. Threads unless told otherwise. */
  readonly checker?: ChunkChecker | undefined
  /** Decodes chunks for verification and for looking into archives. Closed with the server; threads unless told otherwise. */
  readonly sealer?: ChunkSealer | undefined
}

export interface PbsServer {
  /** SHA-256 of the certificate, as clients pin it. */
  readonly fingerprint: string
  /** Returns where it listens; port 0 is any that is free. */
  listen(address: { readonly host: string; readonly port: number }): Promise<{ readonly port: number }>
  /** Who is connected now. */
  connections(): readonly ClientConnection[]
  /** Cuts all connections; unfinished backups are cleared away before it returns. */
  close(): Promise<void>
}

const silent: ServerLog = { info: () => undefined, warn: () => undefined }

/** A Proxmox Backup Server over datastore folders (spec pbs). Listens only where it is told to. */
export function createPbsServer(options: PbsServerOptions): PbsServer {
  const { tls, clock = systemClock, log = silent, checker = new WorkerChecker(), onEvent = () => undefined } = options
  const { sealer = new WorkerSealer() } = options
  const fingerprint = certificateFingerprint(tls.certificate)
  const node = nodeName(options.node ?? hostname())
  const context: ServerContext = {
    datastores: byName(options.datastores),
    access: new AccessControl({ clock, config: options.access, ticketSecret: options.ticketSecret }),
    tasks: new TaskRegistry({
      clock,
      node,
      onStart: (task) => onEvent({ type: 'task-started', task: taskFacts(task) }),
      onEnd: (task, { status }) => onEvent({ type: 'task-ended', task: taskFacts(task), status }),
    }),
    connections: new ConnectionRegistry({ clock, onEvent }),
    clock,
    checker,
    sealer,
    node,
    fingerprint,
    collections: new Map(),
    log,
  }
  const tables = { open: openRoutes, authenticated: adminRoutes }
  const running = new Set<Promise<void>>()
  const track = (work: Promise<void>) => {
    const tracked = work
      .catch((error: unknown) => log.warn('A connection failed.', error))
      .finally(() => running.delete(tracked))
    running.add(tracked)
  }
  const listener = createListener({
    ...tls,
    onRequest: (request, response) => track(serveRequest(request, response, { context, tables })),
    onHttp2: (socket) => track(serveHttp2Client(socket, { context, tables })),
    isUpgrade: (request) => protocolOf(request) !== undefined,
    onUpgrade: (request, socket, head) => track(serveUpgrade(context, request, { socket, head })),
  })
  return {
    fingerprint,
    connections: () => context.connections.list(),
    listen: (address) => listener.listen(address),
    async close() {
      await listener.close()
      await Promise.all(running)
      await context.tasks.stopAll()
      await checker.close()
      await sealer.close()
    },
  }
}

/** The checks, the reply 101, and the protocol until its connection ends. */
async function serveUpgrade(
  context: ServerContext,
  request: IncomingMessage,
  { socket, head }: { readonly socket: Duplex; readonly head: Buffer },
): Promise<void> {
  const gone = new AbortController()
  socket.once('close', () => gone.abort())
  socket.on('error', () => gone.abort())
  const { signal } = gone
  try {
    const { caller, connection, target } = await readUpgrade(request, context)
    const protocol = await startProtocol(
      { ...context, caller, connection, address: addressOf(request.socket) },
      { name: protocolOf(request), parameters: parseForm(target.query), upgrade: request.headers.upgrade },
    )
    await runProtocol(context, protocol, { socket, head, signal })
  } catch (error) {
    if (signal.aborted) return
    const onBug = (bug: unknown) => context.log.warn('An upgrade failed.', bug)
    await refuseUpgrade(socket, await refuse(error, { clock: context.clock, signal, onBug }), signal)
  }
}

async function serveHttp2Client(socket: ApiSocket, server: ApiServer): Promise<void> {
  const gone = new AbortController()
  socket.once('close', () => gone.abort())
  await serveApiOverHttp2(socket, server, gone.signal)
}

function taskFacts({ upid, type, workerId, authId, store, startedAt }: Task): TaskFacts {
  return { upid, type, workerId, user: formatAuthId(authId), store, startedAt }
}

function byName(datastores: readonly ServedDatastore[]): ReadonlyMap<string, ServedDatastore> {
  const found = new Map<string, ServedDatastore>()
  for (const served of datastores) {
    if (!isDatastoreName(served.name) || found.has(served.name)) {
      throw new TypeError(`not a new name of a datastore: ${served.name}`)
    }
    found.set(served.name, served)
  }
  return found
}

function nodeName(host: string): string {
  return host.split('.')[0]?.replaceAll(/[^A-Za-z0-9-]/g, '-') || 'localhost'
}
