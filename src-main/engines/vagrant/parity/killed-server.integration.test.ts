import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { status } from '@grpc/grpc-js'
import { expect, onTestFinished, test } from 'vitest'
import { Job_State } from '../generated/server_pb.js'
import { GrpcJsPeer } from '../testing/grpc-js-peer.fixture.ts'
import {
  assignedJob,
  collect,
  complete,
  linesOf,
  queueJob,
  registerRunner,
  requestJob,
  sendLines,
} from '../testing/runner.fixture.ts'
import { eventually, methods, startTestServer, temporaryFolder } from '../testing/server.fixture.ts'

const program = fileURLToPath(new URL('../testing/server-process.fixture.ts', import.meta.url))

async function startProcess(folder: string): Promise<{ child: ChildProcess; peer: GrpcJsPeer }> {
  const child = spawn(process.execPath, [program, join(folder, 'data.db')], { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  const [line] = await once(child.stdout, 'data')
  const peer = new GrpcJsPeer(Number(line))
  onTestFinished(() => peer.close())
  return { child, peer }
}

test('a server that is killed with queued, waiting, running and finished jobs has all of them again, and what they printed', async () => {
  const folder = await temporaryFolder()
  const { child, peer } = await startProcess(folder)
  await registerRunner(peer, 'r')
  const take = async () => {
    const stream = requestJob(peer, 'r')
    return { stream, id: (await assignedJob(stream)).id }
  }
  const seen = (jobId: string) => {
    const listening = peer.listen(methods.getJobStream, { jobId })
    return async (wanted: string) => {
      for (;;) {
        const { done, value } = await listening.messages.next()
        if (done) throw new Error('the stream has ended')
        if (linesOf(value).includes(wanted)) return listening.cancel()
      }
    }
  }
  for (let i = 0; i < 30; i++) await queueJob(peer)
  const finished = await take()
  finished.stream.send({ event: { case: 'ack', value: {} } })
  sendLines(finished.stream, 'first', 'second')
  complete(finished.stream)
  await finished.stream.ended()
  const running = await take()
  running.stream.send({ event: { case: 'ack', value: {} } })
  sendLines(running.stream, 'half')
  await seen(running.id)('half')
  const waiting = await take()
  // Whoever is told of an id, or of a line, can rely on it: nothing more is said before the end.
  const last = await queueJob(peer)
  child.kill('SIGKILL')
  await once(child, 'exit')

  const server = await startTestServer({ folder })
  const again = server.peer()
  const state = async (jobId: string) => (await again.call(methods.getJob, { jobId })).state
  const printed = async (jobId: string) =>
    (await collect(again.listen(methods.getJobStream, { jobId }).messages)).flatMap(linesOf)
  expect((await again.call(methods._ListJobs, {})).jobs).toHaveLength(31)
  expect(await Promise.all([finished.id, running.id, waiting.id, last].map(state))).toEqual([
    Job_State.SUCCESS,
    Job_State.RUNNING,
    Job_State.WAITING,
    Job_State.QUEUED,
  ])
  expect(await printed(finished.id)).toEqual(['first', 'second'])
  // Two minutes later whoever does not come back is given up.
  server.clock.advance(120_000)
  await eventually(() => server.state.queue.get(running.id)?.state === Job_State.ERROR)
  expect(server.state.queue.get(running.id)?.error).toMatchObject({ code: status.CANCELLED })
  expect(await printed(running.id)).toEqual(['half'])
  expect(await state(waiting.id)).toBe(Job_State.QUEUED)
  await registerRunner(again, 's')
  const done: string[] = []
  for (let i = 0; i < 29; i++) {
    const stream = requestJob(again, 's')
    done.push((await assignedJob(stream)).id)
    stream.send({ event: { case: 'ack', value: {} } })
    complete(stream)
    await stream.ended()
  }
  expect(done[0]).toBe(waiting.id)
  expect(done.at(-1)).toBe(last)
  expect(new Set(done).size).toBe(29)
  expect(server.state.queue.list().every(({ state: end }) => end >= Job_State.ERROR)).toBe(true)
})
