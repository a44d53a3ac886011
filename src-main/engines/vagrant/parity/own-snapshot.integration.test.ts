import { create } from '@bufbuild/protobuf'
import { expect, test } from 'vitest'
import { createSnapshot, restoreSnapshot } from '../client/transfer-snapshot.ts'
import { Job_State, Snapshot_HeaderSchema } from '../generated/server_pb.js'
import { isFromE1 } from '../snapshots/convert-e1.ts'
import { connectTo } from '../testing/holdfast-runner.fixture.ts'
import { complete, noopJob, queueJob, registerRunner, takeJob } from '../testing/runner.fixture.ts'
import { methods, never, startTestServer } from '../testing/server.fixture.ts'

const operation = { case: 'command' as const, value: { command: 'backup', cliArgs: { args: ['Documents'] } } }
const commandJob: typeof noopJob = { ...noopJob, operation }

test.each(['0.1.0+holdfast', '1.0.0+holdfast', '2.3.7+holdfast'])(
  'a snapshot of our own server (%s) brings its command jobs back, waiting ones and those that ended, with results',
  async (version) => {
    let server = await startTestServer({ version })
    const peer = server.peer()
    await registerRunner(peer, 'r')
    const ended = await queueJob(peer, commandJob)
    const { stream } = await takeJob(server, peer, 'r')
    stream.send({ event: { case: 'complete', value: { result: { run: { runResult: false, exitCode: 7 } } } } })
    await stream.ended()
    const waiting = await queueJob(peer, commandJob)
    const connection = await connectTo(server.port)
    const bytes = Buffer.concat(await Array.fromAsync(createSnapshot(connection, never())))
    await queueJob(peer, commandJob)
    async function* file() {
      yield bytes
    }
    await restoreSnapshot(connection, file, { signal: never() })
    server = await server.restart()
    const { jobs } = await server.peer().call(methods._ListJobs, {})
    expect(jobs.map((job) => ({ id: job.id, state: job.state, operation: job.operation }))).toMatchObject([
      { id: ended, state: Job_State.SUCCESS, operation },
      { id: waiting, state: Job_State.QUEUED, operation },
    ])
    expect(jobs[0]?.result).toMatchObject({ run: { runResult: false, exitCode: 7 } })
    const again = server.peer()
    await registerRunner(again, 'r')
    const taken = await takeJob(server, again, 'r')
    expect(taken.job).toMatchObject({ id: waiting, operation })
    complete(taken.stream)
    await taken.stream.ended()
  },
)

test('only releases of Vagrant before 2.3.7 have the old messages', () => {
  const isOld = (version: string) => isFromE1(create(Snapshot_HeaderSchema, { version: { version } }))
  const versions = [
    '2.2.19',
    'v2.3.6',
    '2.3.6-dev',
    '2.3.7',
    '2.4.3',
    '0.1.0+holdfast',
    '2.3.6+holdfast',
    '',
    'unknown',
  ]
  expect(versions.filter(isOld)).toEqual(['2.2.19', 'v2.3.6', '2.3.6-dev'])
})
