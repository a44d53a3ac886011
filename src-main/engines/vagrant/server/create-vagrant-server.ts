import { create } from '@bufbuild/protobuf'
import { HoldfastError } from '../../../../src-shared/errors.ts'
import { type Runner, VersionInfoSchema } from '../generated/server_pb.js'
import { type Clock, systemClock } from '../jobs/clock.ts'
import type { JobQueue } from '../jobs/job-queue.ts'
import type { RecordStore } from '../records/record-store.ts'
import type { SnapshotStore } from '../storage/open-vagrant-state.ts'
import { failure } from '../wire/failure.ts'
import { spokenVersions } from '../wire/protocol-version.ts'
import { authInterceptor } from './auth-interceptor.ts'
import { type CallHandlerOptions, createCallHandler } from './call-handler.ts'
import {
  type Connection,
  createWebListener,
  Http2Listener,
  isLoopback,
  type ServerCertificate,
} from './http-listener.ts'
import { jobMethods } from './job-service.ts'
import { logInterceptor } from './log-interceptor.ts'
import { logMethods } from './log-methods.ts'
import { recordMethods } from './record-service.ts'
import { RunnerRegistry } from './runner-registry.ts'
import { runnerMethods } from './runner-service.ts'
import type { ServerEventListener } from './server-event.ts'
import { snapshotMethods } from './snapshot-methods.ts'
import { TokenAuthority } from './token-authority.ts'
import { tokenMethods } from './token-service.ts'
import { type SpokenVersions, versionInterceptor } from './version-interceptor.ts'

/** Defaults of sections 3, 9.8 and 9.10; all of it can be set. */
const defaultLimits = {
  /** What PruneOldJobs leaves. */
  keptJobs: 50,
  /** What the background pruner leaves. */
  indexedJobs: 10_000,
  pruneEveryMs: 600_000,
  /** How long calls may go on while the server closes. */
  graceMs: 2_000,
  keepaliveMs: 30_000,
}

export type VagrantServerLimits = typeof defaultLimits

export interface VagrantServerOptions {
  readonly store: RecordStore
  readonly queue: JobQueue
  readonly snapshots: SnapshotStore
  /** Needed for every address but loopback. */
  readonly tls?: ServerCertificate
  /** Whether calls need a token. */
  readonly requireAuth: boolean
  readonly clock?: Clock
  readonly limits?: Partial<VagrantServerLimits>
  /** The version of this software; a `+holdfast` at its end tells its snapshots from Vagrant's own. */
  readonly version?: string
  /** The protocol versions spoken; only tests speak others. */
  readonly versions?: SpokenVersions
  /** Ends the process with this code, after state was closed; lets RestoreSnapshot ask for it (section 14.5). */
  readonly exit?: (code: number) => Promise<never>
}

export interface VagrantServer {
  /** Resolves with the port. Throws `input/invalid` for an address beyond loopback without TLS. */
  listen(host: string, port: number): Promise<number>
  /** A second listener, for gRPC-Web. */
  listenWeb(host: string, port: number): Promise<number>
  connections(): readonly Connection[]
  runners(): readonly Runner[]
  /** Why a queued job waits, as a sentence; `undefined` when it does not. */
  waitingReason(jobId: string): string | undefined
  readonly tokens: TokenAuthority
  /** The result stops listening. */
  onEvent(listener: ServerEventListener): () => void
  /** Ends waiting calls at once, others after a grace. State stays open: it belongs to whoever opened it. */
  close(): Promise<void>
}

/** A restore that asked for an end ends the process so (section 14.5). */
const restoreExitCode = 2

/** A Vagrant job server over state that the caller opened (`openVagrantState`). */
export function createVagrantServer(options: VagrantServerOptions): VagrantServer {
  const { store, queue, snapshots, tls, requireAuth, clock = systemClock, exit } = options
  const limits = { ...defaultLimits, ...options.limits }
  const listeners = new Set<ServerEventListener>()
  const emit: ServerEventListener = (event) => {
    for (const listener of listeners) listener(event)
  }
  const stop = new AbortController()
  const tokens = new TokenAuthority({ store, clock, emit })
  const runners = new RunnerRegistry((runnerId, isThere) => {
    emit({ type: isThere ? 'runner-registered' : 'runner-gone', runnerId })
    queue.wake()
  })
  const versions = options.versions ?? { api: spokenVersions, entrypoint: spokenVersions }
  const info = create(VersionInfoSchema, { ...versions, version: options.version ?? '2.3.7+holdfast' })
  const stopping = stop.signal
  const base: Omit<CallHandlerOptions, 'protocol'> = {
    interceptors: [
      logInterceptor(emit, () => clock.now()),
      versionInterceptor(versions),
      ...(requireAuth ? [authInterceptor(tokens)] : []),
    ],
    vagrant: {
      getVersionInfo: () => ({ info }),
      ...recordMethods(store),
      ...logMethods({ store, queue, stopping }),
      ...jobMethods({ store, queue, runners, stopping, keptJobs: limits.keptJobs }),
      ...tokenMethods(tokens),
      ...runnerMethods({ queue, variables: store.variables, runners, stopping }),
    },
    snapshots: snapshotMethods({ snapshots, version: info, emit, tokens, exit: exit && (() => exit(restoreExitCode)) }),
    stopping,
    bug: (path, error) => emit({ type: 'bug', path, error }),
  }
  const http = new Http2Listener({
    tls,
    handler: createCallHandler({ ...base, protocol: 'grpc' }),
    keepaliveMs: limits.keepaliveMs,
    connected: (address) => emit({ type: 'connected', address }),
    disconnected: (address) => emit({ type: 'disconnected', address }),
    now: () => clock.now(),
  })
  let web: ReturnType<typeof createWebListener> | undefined
  let cancelPrune: (() => void) | undefined
  const prune = (): void => {
    queue.prune(limits.indexedJobs)
    cancelPrune = clock.after(limits.pruneEveryMs, prune)
  }

  function checkAddress(host: string): void {
    if (tls !== undefined || isLoopback(host)) return
    throw new HoldfastError('input/invalid', {
      detail: `Without TLS the job server listens on this computer only, not on ${host}.`,
      hint: 'Switch TLS on, or choose 127.0.0.1.',
    })
  }

  return {
    async listen(host, port) {
      checkAddress(host)
      const bound = await http.listen(host, port)
      cancelPrune = clock.after(limits.pruneEveryMs, prune)
      return bound
    },
    async listenWeb(host, port) {
      checkAddress(host)
      web = createWebListener(createCallHandler({ ...base, protocol: 'grpc-web' }), tls)
      return await web.listen(host, port)
    },
    connections: () => http.connections(),
    runners: () => runners.list(),
    waitingReason(jobId) {
      const job = queue.get(jobId)
      if (
        job === undefined ||
        job.queueTime === undefined ||
        job.assignTime !== undefined ||
        job.completeTime !== undefined
      )
        return undefined
      return runners.explain(job)
    },
    tokens,
    onEvent(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    async close() {
      cancelPrune?.()
      stop.abort(failure('unavailable', 'the server is shutting down'))
      await Promise.all([http.close(limits.graceMs), web?.close(limits.graceMs)])
    },
  }
}
