import { expect, test } from 'vitest'
import { Job_State } from '../generated/server_pb.js'
import { runFleet } from '../testing/fleet.fixture.ts'
import { collect, complete, linesOf, queueJob, registerRunner, sendLines, takeJob } from '../testing/runner.fixture.ts'
import { methods, startTestServer } from '../testing/server.fixture.ts'

/** For the figures in the README: `HOLDFAST_FLEET_JOBS=5000 vitest run src-main/engines/vagrant/parity/fleet`. */
const jobs = Number(process.env.HOLDFAST_FLEET_JOBS ?? 300)

test('ROW-37 twenty runners that are killed at random: each job ends exactly once', { timeout: 600_000 }, async () => {
  const server = await startTestServer()
  const result = await runFleet({ server, runners: 20, jobs, seed: 7 })
  if (jobs > 300) console.log(result)
  expect(result.killed).toBeGreaterThan(0)
  expect(result.unfinished).toEqual([])
  expect(result.endedTwice).toEqual([])
  // A job whose runner was killed after the ack ends as an error; all others succeed.
  expect(result.success + result.error).toBe(jobs)
  expect(result.error).toBeGreaterThan(0)
  expect(result.ranToEnd).toBe(result.success)
})

test('ROW-25 200 listeners on one job, early and late, all get the same events; memory stays bounded', async () => {
  const server = await startTestServer()
  const peer = server.peer()
  await registerRunner(peer, 'r')
  const jobId = await queueJob(peer)
  const listen = (count: number) =>
    Array.from({ length: count }, () => collect(peer.listen(methods.getJobStream, { jobId }).messages))
  const early = listen(100)
  const { stream } = await takeJob(server, peer, 'r')
  const lines = Array.from({ length: 1000 }, (_, i) => `line ${i}`)
  for (let at = 0; at < 500; at += 50) sendLines(stream, ...lines.slice(at, at + 50))
  const late = listen(100)
  for (let at = 500; at < 1000; at += 50) sendLines(stream, ...lines.slice(at, at + 50))
  complete(stream)
  await stream.ended()
  const before = process.memoryUsage().heapUsed
  const all = await Promise.all([...early, ...late])
  for (const events of all) {
    expect(events.flatMap(linesOf)).toEqual(lines)
    expect(events.at(-1)?.event.case).toBe('complete')
    const states = events.flatMap(({ event }) => (event.case === 'state' ? [event.value.current] : []))
    expect(states.at(-1)).toBe(Job_State.SUCCESS)
  }
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(400 * 1024 * 1024)
})
