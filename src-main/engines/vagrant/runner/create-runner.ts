import { setTimeout as sleep } from 'node:timers/promises'
import { create } from '@bufbuild/protobuf'
import { type Client, Code, ConnectError } from '@connectrpc/connect'
import {
  type Component,
  type Job,
  RunnerConfigRequestSchema,
  RunnerSchema,
  type Vagrant,
} from '../generated/server_pb.js'
import { ChangeSignal } from '../wire/change-signal.ts'
import { createUlids } from '../wire/ulid.ts'
import { acceptJob } from './accept-job.ts'
import { RunnerEnvironment } from './environment.ts'
import type { RunnerOperations } from './operations.ts'

export interface RunnerOptions {
  readonly client: Client<typeof Vagrant>
  readonly operations: RunnerOperations
  /** A fresh one by default: a runner that starts again is another runner. */
  readonly id?: string
  /** Takes only jobs that name it. */
  readonly byIdOnly?: boolean
  readonly components?: readonly Component[]
  /** Where jobs with local data work. */
  readonly localFolder: string
  /** What the server's variables are laid over. */
  readonly environment?: Record<string, string | undefined>
  readonly heartbeatMs?: number
  /** Between two tries to reach a server that is down: from the first, doubled up to the second. */
  readonly backoffMs?: readonly [first: number, longest: number]
}

export interface Runner {
  readonly id: string
  /** Whether the server knows this runner right now. */
  readonly isRegistered: boolean
  /**
   * Waits for one job and runs it. Waits on while the server is away. `undefined` when the runner was closed or the signal aborted
   * first; a signal that aborts later cancels the job. Throws what the server refuses for good.
   */
  accept(options: { readonly jobId?: string; readonly signal: AbortSignal }): Promise<Job | undefined>
  /** Takes jobs one after the other, `parallel` at a time, until it is closed. */
  work(parallel: number): Promise<void>
  /** Ends waiting, lets jobs in progress end, then signs off. */
  close(): Promise<void>
}

const defaultHeartbeatMs = 5_000
const defaultBackoffMs = [500, 30_000] as const

/** A runner of a Vagrant-style server (section 17). Registers by itself and again whenever the connection was lost. */
export function createRunner(options: RunnerOptions): Runner {
  const { client, operations, byIdOnly = false, components = [], heartbeatMs = defaultHeartbeatMs } = options
  const id = options.id ?? createUlids(Date.now)()
  const environment = new RunnerEnvironment(options.environment ?? {})
  const closing = new AbortController()
  const signOff = new AbortController()
  const changes = new ChangeSignal()
  const [firstMs, longestMs] = options.backoffMs ?? defaultBackoffMs
  const jobs = new Set<Promise<unknown>>()
  let isRegistered = false
  let refusal: { readonly error: unknown } | undefined

  function setRegistered(value: boolean): void {
    isRegistered = value
    changes.notify()
  }

  async function* open() {
    const runner = create(RunnerSchema, { id, byIdOnly, components: [...components] })
    yield create(RunnerConfigRequestSchema, { event: { case: 'open', value: { runner } } })
    await aborted(signOff.signal) // then the half-close
  }

  async function register(): Promise<void> {
    let delayMs = firstMs
    while (!signOff.signal.aborted) {
      try {
        for await (const { config } of client.runnerConfig(open())) {
          environment.apply(config?.configVars ?? [])
          setRegistered(true)
          delayMs = firstMs
        }
      } catch (error) {
        if (!isPassing(error)) {
          refusal = { error }
          return
        }
      } finally {
        setRegistered(false)
      }
      await sleep(delayMs, undefined, { signal: signOff.signal, ref: false }).catch(() => undefined)
      delayMs = Math.min(delayMs * 2, longestMs)
    }
  }

  async function registered(signal: AbortSignal): Promise<void> {
    for (;;) {
      const { version } = changes
      if (refusal !== undefined) throw refusal.error
      if (isRegistered || signal.aborted) return
      await changes.changed(version, signal).catch(() => undefined)
    }
  }

  async function acceptOnce(jobId: string | undefined, signal: AbortSignal): Promise<Job | undefined> {
    const waiting = AbortSignal.any([signal, closing.signal])
    let delayMs = firstMs
    while (!waiting.aborted) {
      await registered(waiting)
      let wasAssigned = false
      try {
        const job = await acceptJob({
          client,
          runnerId: id,
          operations,
          environment: environment.current,
          localFolder: options.localFolder,
          heartbeatMs,
          jobId,
          signal,
          closing: closing.signal,
          assigned: () => {
            wasAssigned = true
          },
        })
        // A stream that ends without a job: the server is going away.
        if (job !== undefined || waiting.aborted) return job
      } catch (error) {
        if (wasAssigned || !(isPassing(error) || isUnknownRunner(error))) throw error
      }
      await sleep(delayMs, undefined, { signal: waiting, ref: false }).catch(() => undefined)
      delayMs = Math.min(delayMs * 2, longestMs)
    }
    return undefined
  }

  const registering = register()
  return {
    id,
    get isRegistered() {
      return isRegistered
    },
    accept({ jobId, signal }) {
      const job = acceptOnce(jobId, signal)
      jobs.add(job)
      const forget = (): void => void jobs.delete(job)
      job.then(forget, forget)
      return job
    },
    async work(parallel) {
      const one = async (): Promise<void> => {
        while (!closing.signal.aborted) await this.accept({ signal: neverAborts })
      }
      await Promise.all(Array.from({ length: parallel }, one))
    },
    async close() {
      closing.abort()
      await Promise.allSettled(jobs)
      signOff.abort()
      await registering
    },
  }
}

/** `close` ends the waiting of `work`, but never a job that runs. */
const neverAborts = new AbortController().signal

/** The server is away, or was restarted: worth another try. */
function isPassing(error: unknown): boolean {
  if (!(error instanceof ConnectError)) return false
  // A failure of the connection, such as a stream that a closing server refused, has Node's error as its cause.
  if (error.cause instanceof Error && 'code' in error.cause) return true
  return error.code === Code.Unavailable || error.code === Code.Canceled || error.code === Code.Aborted
}

/** After a restart of the server, until the registration is renewed. */
function isUnknownRunner(error: unknown): boolean {
  return error instanceof ConnectError && error.code === Code.NotFound
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}
