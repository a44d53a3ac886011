import { hostname } from 'node:os'
import { join } from 'node:path'
import { HoldfastError } from '../../../src-shared/errors.ts'
import { acquireFileLock } from '../../catalog/database/file-lock.ts'
import { Job_State } from '../../engines/vagrant/generated/server_pb.js'
import { createVagrantServer, type VagrantServer } from '../../engines/vagrant/server/create-vagrant-server.ts'
import type { VagrantServerEvent } from '../../engines/vagrant/server/server-event.ts'
import { openVagrantState, type VagrantState } from '../../engines/vagrant/storage/open-vagrant-state.ts'
import { makeFolders } from '../../os/make-folders.ts'
import { isLoopback } from '../servers/is-loopback.ts'
import type { RunningServer, ServerListener, ServerOrder } from '../servers/running-server.ts'
import { openIdentity } from '../servers/server-tls.ts'
import { listenFailure } from '../servers/start-server.ts'
import { announceJobs } from './announce-jobs.ts'
import type { JobServerDesk, JobServerParts } from './job-server.ts'
import { queuedJob } from './queue-wish.ts'
import { remoteJobId } from './remote-job.ts'
import { RemoteJobs } from './show-remote-jobs.ts'
import { terminalBatches } from './terminal-batch.ts'

/** Another Holdfast on this data folder that is just ending gets this long. */
const lockWithinMs = 3000

export interface StartedJobServer {
  readonly running: RunningServer
  readonly desk: JobServerDesk
}

/** Throws `server/unavailable` when another process has it, or the address is taken. */
export async function startJobServer(
  parts: JobServerParts,
  order: ServerOrder,
  listener: ServerListener,
): Promise<StartedJobServer> {
  const { config, folder } = order
  const { listen } = config
  const { catalog, queue, bug, version } = parts
  makeFolders(folder, 0o700)
  const lock = await takeLock(folder)
  const stopping = new AbortController()
  const { signal } = stopping
  const ending: (() => unknown)[] = [() => lock.release()]
  const end = async (): Promise<void> => {
    for (const step of ending.toReversed()) await step()
  }
  try {
    const state = await openVagrantState({ file: join(folder, 'jobs.sqlite'), signal })
    ending.push(() => state.close())
    const identity = isLoopback(listen.host) ? undefined : await openIdentity(folder, listen)
    const server = createVagrantServer({
      ...state,
      requireAuth: true,
      version: `${version}+holdfast`,
      ...(identity === undefined ? {} : { tls: identity }),
    })
    // Tokens come from whoever sits here, not from whoever asks first.
    server.tokens.closeBootstrap()
    const engine = state.queue
    const remote = new RemoteJobs({
      queue: queue(),
      jobs: catalog.jobs,
      log: catalog.jobLog,
      engine,
      waitingReason: (id) => server.waitingReason(id),
      bug,
    })
    server.onEvent((event) => {
      if (event.type === 'runner-registered' || event.type === 'runner-gone') remote.runnersChanged()
      if (event.type === 'bug') bug('job-server', event.error)
      tell(event, listener)
    })
    const port = await server.listen(listen.host, listen.port)
    const watching = Promise.all([
      announceJobs({ queue: queue(), log: catalog.jobLog, engine, runnerId: hostname(), bug }, signal),
      remote.run(signal),
    ])
    ending.push(async () => {
      await server.close()
      stopping.abort()
      await watching
      remote.close()
    })
    const running: RunningServer = {
      listen: { host: listen.host, port },
      fingerprint: identity?.fingerprint,
      connections: () =>
        server.connections().map(({ address, sinceMs }, i) => ({
          id: `${i} ${address}`,
          peer: address,
          since: sinceMs,
          activity: '',
        })),
      close: end,
    }
    return { running, desk: openDesk(state, server) }
  } catch (error) {
    stopping.abort()
    await end()
    throw listenFailure(error, config)
  }
}

function openDesk({ store, queue }: VagrantState, server: VagrantServer): JobServerDesk {
  return {
    tokens: () =>
      store.tokens.list().map(({ tokenId, kind, createdMs, validUntilMs, revokedMs }) => ({
        id: tokenId,
        kind,
        createdAt: createdMs,
        ...(validUntilMs === undefined ? {} : { validUntil: validUntilMs }),
        ...(revokedMs === undefined ? {} : { revokedAt: revokedMs }),
      })),
    makeToken: (wish) => (wish.kind === 'login' ? server.tokens.login() : server.tokens.invite(wish.validForMs)),
    revokeToken(id) {
      if (server.tokens.revoke(id)) return
      throw new HoldfastError('input/invalid', { detail: 'There is no such token.' })
    },
    runners() {
      const busy = queue.list().filter(({ state }) => state === Job_State.WAITING || state === Job_State.RUNNING)
      return server.runners().map(({ id, byIdOnly }) => ({
        id,
        byIdOnly,
        jobs: busy.filter(({ assignedRunner }) => assignedRunner?.id === id).length,
      }))
    },
    enqueue: (wish) => remoteJobId(queue.queue(queuedJob(wish)).id),
    output(queueId, signal) {
      if (queue.get(queueId) === undefined) throw new HoldfastError('job/unknown')
      return terminalBatches(queue.follow(queueId, signal))
    },
  }
}

async function takeLock(folder: string) {
  try {
    return await acquireFileLock(join(folder, 'jobs.lock'), AbortSignal.timeout(lockWithinMs))
  } catch (cause) {
    throw new HoldfastError('server/unavailable', {
      detail: 'Another Holdfast runs the job server of this data folder.',
      hint: 'End that one first: its queue is this one.',
      cause,
    })
  }
}

/** Whoever hangs up, and whoever asks for a runner that is away: that is how it is found out. */
function isOrdinary(path: string, failure: string): boolean {
  return failure === 'Canceled' || (failure === 'NotFound' && path.endsWith('/GetRunner'))
}

function tell(event: VagrantServerEvent, listener: ServerListener): void {
  switch (event.type) {
    case 'runner-registered':
      listener.log('info', `Runner ${event.runnerId} is there.`)
      break
    case 'runner-gone':
      listener.log('info', `Runner ${event.runnerId} has gone.`)
      break
    case 'token-made':
      listener.log('info', `A new ${event.kind} token: ${event.tokenId}.`)
      return
    case 'token-revoked':
      listener.log('info', `The ${event.kind} token ${event.tokenId} is not taken any more.`)
      return
    case 'restore-staged':
      listener.log('warn', 'A snapshot was sent. It takes effect when the job server starts again.')
      if (event.endsTokens)
        listener.log('warn', 'Its tokens are signed with another key: make a new one here when it has started again.')
      return
    case 'call':
      if (event.failure !== undefined && !isOrdinary(event.path, event.failure))
        listener.log('warn', `${event.path.split('/').at(-1)}: ${event.failure}`)
      return
    case 'connected':
    case 'disconnected':
      break
    case 'bug':
      listener.log('error', `${event.path.split('/').at(-1)} failed unexpectedly.`)
      return
  }
  listener.connectionsChanged()
}
