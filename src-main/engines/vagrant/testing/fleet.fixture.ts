import { Job_State } from '../generated/server_pb.js'
import type { GrpcJsPeer } from './grpc-js-peer.fixture.ts'
import { assignedJob, complete, noopJob, queueJob, registerRunner, requestJob } from './runner.fixture.ts'
import { eventually, type TestServer } from './server.fixture.ts'

export interface FleetOptions {
  readonly server: TestServer
  readonly runners: number
  readonly jobs: number
  readonly seed: number
}

/** A small generator, so that a run can be repeated. */
function createRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

/**
 * Runners of grpc-js that take jobs, and are killed with their connection at random: before the ack, after it, or never. A killed
 * one comes back under another id, on another connection. Time is moved on whenever nothing else moves, so that heartbeats run out.
 */
export async function runFleet({ server, runners, jobs, seed }: FleetOptions) {
  const random = createRandom(seed)
  const queuer = server.peer()
  const ends = new Map<string, number>()
  const watching = new AbortController()
  const watched = countEnds(server, ends, watching.signal)
  for (let i = 0; i < jobs; i++) await queueJob(queuer, noopJob)
  let killed = 0
  let ranToEnd = 0
  const isOver = (): boolean => ends.size === jobs

  async function life(name: string): Promise<void> {
    const peer: GrpcJsPeer = server.peer()
    await registerRunner(peer, name)
    for (;;) {
      const stream = requestJob(peer, name)
      const job = await assignedJob(stream).catch(() => undefined)
      if (job === undefined) return
      const fate = random()
      if (fate < 0.1) {
        killed++
        peer.close()
        stream.cancel()
        return
      }
      stream.send({ event: { case: 'ack', value: {} } })
      if (fate < 0.2) {
        killed++
        // Half of them when the server has the ack, half while it is under way.
        if (fate < 0.15) await eventually(() => server.state.queue.get(job.id)?.state !== Job_State.WAITING)
        stream.cancel()
        peer.close()
        return
      }
      complete(stream)
      const ended = await stream.ended().then(
        () => true,
        () => false,
      )
      if (ended) ranToEnd++
    }
  }

  async function lives(number: number): Promise<void> {
    for (let i = 0; !stopped.aborted; i++) await life(`runner-${number}-${i}`)
  }

  const stop = new AbortController()
  const { signal: stopped } = stop
  const all = Promise.all(Array.from({ length: runners }, (_, i) => lives(i)))
  while (!isOver()) {
    await new Promise((resolve) => setTimeout(resolve, 50))
    // Far below the timers of a runner that lives, which works for milliseconds.
    server.clock.advance(10_000)
  }
  stop.abort()
  const finished = server.state.queue.list()
  await server.server.close()
  await all.catch(() => undefined)
  watching.abort()
  await watched
  return {
    killed,
    ranToEnd,
    success: finished.filter(({ state }) => state === Job_State.SUCCESS).length,
    error: finished.filter(({ state }) => state === Job_State.ERROR).length,
    unfinished: finished.filter(({ id }) => !ends.has(id)).map(({ id }) => id),
    endedTwice: [...ends].filter(([, count]) => count > 1).map(([id]) => id),
  }
}

async function countEnds(server: TestServer, ends: Map<string, number>, signal: AbortSignal): Promise<void> {
  for await (const change of server.state.queue.changes(signal)) {
    if (change.type === 'changed' && (change.job.state === Job_State.SUCCESS || change.job.state === Job_State.ERROR)) {
      ends.set(change.job.id, (ends.get(change.job.id) ?? 0) + 1)
    }
  }
}
