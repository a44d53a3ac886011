import type { IncomingMessage } from 'node:http'
import { hostname } from 'node:os'
import type { Duplex } from 'node:stream'
import { certificateFingerprint } from '../wire/fingerprint.ts'
import { isDatastoreName } from '../wire/names.ts'
import { parseForm } from '../wire/read-parameters.ts'
import type { AccessConfig } from './access/access-config.ts'
import { AccessControl } from './access/access-control.ts'
import { openRoutes } from './admin/access-routes.ts'
import { adminRoutes } from './admin/admin-routes.ts'
import type { ChunkChecker } from './chunk-checker.ts'
import { type Clock, systemClock } from './clock.ts'
import { addressOf, protocolOf, readUpgrade, refuseUpgrade, serveRequest } from './http/api-connection.ts'
import { createListener } from './http/listener.ts'
import { refuse } from './http/respond.ts'
import { runProtocol, startProtocol } from './run-protocol.ts'
import type { ServedDatastore, ServerContext, ServerLog } from './server-context.ts'
import { TaskRegistry } from './tasks/task-registry.ts'
import { WorkerChecker } from './worker-checker.ts'

export interface PbsServerOptions {
  readonly datastores: readonly ServedDatastore[]
  /** Users, tokens and rights; asked at every call, so that a change counts at once. */
  readonly access: () => AccessConfig
  /** PEM. `createSelfSignedCertificate` makes one. */
  readonly tls: { readonly key: string; readonly certificate: string }
  readonly clock?: Clock | undefined
  readonly log?: ServerLog | undefined
  /** Name of this computer in task ids. */
  readonly node?: string | undefined
  /** 32 bytes; with a kept one, tickets survive a restart. */
  readonly ticketSecret?: Uint8Array | undefined
  /** Closed with the server. Threads unless told otherwise. */
  readonly checker?: ChunkChecker | undefined
}

export interface PbsServer {
  /** SHA-256 of the certificate, as clients pin it. */
  readonly fingerprint: string
  /** Returns where it listens; port 0 is any that is free. */
  listen(address: { readonly host: string; readonly port: number }): Promise<{ readonly port: number }>
  /** Cuts all connections; unfinished backups are cleared away before it returns. */
  close(): Promise<void>
}

const silent: ServerLog = { info: () => undefined, warn: () => undefined }

/** A Proxmox Backup Server over datastore folders (spec pbs). Listens only where it is told to. */
export function createPbsServer(options: PbsServerOptions): PbsServer {
  const { tls, clock = systemClock, log = silent, checker = new WorkerChecker() } = options
  const node = nodeName(options.node ?? hostname())
  const context: ServerContext = {
    datastores: byName(options.datastores),
    access: new AccessControl({ clock, config: options.access, ticketSecret: options.ticketSecret }),
    tasks: new TaskRegistry({ clock, node }),
    clock,
    checker,
    node,
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
    isUpgrade: (request) => protocolOf(request) !== undefined,
    onUpgrade: (request, socket, head) => track(serveUpgrade(context, request, { socket, head })),
  })
  return {
    fingerprint: certificateFingerprint(tls.certificate),
    listen: (address) => listener.listen(address),
    async close() {
      await listener.close()
      await Promise.all(running)
      await context.tasks.stopAll()
      await checker.close()
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
    const { caller, target } = await readUpgrade(request, context)
    const protocol = await startProtocol(
      { ...context, caller, address: addressOf(request) },
      { name: protocolOf(request), parameters: parseForm(target.query), upgrade: request.headers.upgrade },
    )
    await runProtocol(context, protocol, { socket, head, signal })
  } catch (error) {
    if (signal.aborted) return
    const onBug = (bug: unknown) => context.log.warn('An upgrade failed.', bug)
    await refuseUpgrade(socket, await refuse(error, { clock: context.clock, signal, onBug }), signal)
  }
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
