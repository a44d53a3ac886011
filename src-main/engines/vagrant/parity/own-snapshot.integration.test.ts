import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { create, toBinary } from '@bufbuild/protobuf'
import { Code } from '@connectrpc/connect'
import { expect, test } from 'vitest'
import { createSnapshot, restoreSnapshot } from '../client/transfer-snapshot.ts'
import { BasisSchema, Job_State, Snapshot_HeaderSchema, VersionInfoSchema } from '../generated/server_pb.js'
import { isFromE1 } from '../snapshots/convert-e1.ts'
import { writeSnapshot } from '../snapshots/snapshot-writer.ts'
import { connectTo } from '../testing/holdfast-runner.fixture.ts'
import { complete, noopJob, queueJob, registerRunner, takeJob } from '../testing/runner.fixture.ts'
import { eventually, methods, never, startTestServer } from '../testing/server.fixture.ts'

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

test('a snapshot with another signing key is told apart when it is staged: tokens of now end with it', async () => {
  const [source, target] = [await startTestServer(), await startTestServer()]
  const staged = () => target.events.flatMap((event) => (event.type === 'restore-staged' ? [event.endsTokens] : []))
  const send = async (from: number) => {
    const bytes = Buffer.concat(await Array.fromAsync(createSnapshot(await connectTo(from), never())))
    async function* file() {
      yield bytes
    }
    await restoreSnapshot(await connectTo(target.port), file, { signal: never() })
  }
  source.server.tokens.login()
  await send(source.port)
  const token = target.server.tokens.login()
  await send(target.port)
  await send(source.port)
  expect(staged()).toEqual([false, false, true])
  const restored = await target.restart()
  expect(() => restored.server.tokens.authenticate(token, 'ListBasis')).toThrow('bad signature')
})

test('a snapshot that is whole and yet cannot be restored is refused when it is sent, and the server starts again as it was', async () => {
  const server = await startTestServer()
  await server.peer().call(methods.upsertBasis, { basis: { name: 'kept', path: '/kept' } })
  const version = create(VersionInfoSchema, { version: '2.4.3' })
  const item = (bucket: string, key: string, value: Uint8Array) => ({ bucket, key, value })
  const bad = {
    'no message': [item('basis', 'x', Buffer.from('\xff\xff garbage', 'latin1'))],
    'a key that is none': [item('hmac_keys', 'k1', Buffer.from([0x0a, 0xff]))],
    'twice the same name': ['a', 'b'].map((resourceId) =>
      item('basis', resourceId, toBinary(BasisSchema, create(BasisSchema, { resourceId, name: 'n', path: '/n' }))),
    ),
    'data of a newer version': [item('system', 'version', Buffer.from('2'))],
  }
  const connection = await connectTo(server.port)
  for (const [what, items] of Object.entries(bad)) {
    const bytes = Buffer.concat(await Array.fromAsync(writeSnapshot(version, items)))
    async function* file() {
      yield bytes
    }
    await expect(restoreSnapshot(connection, file, { signal: never() }), what).rejects.toMatchObject({
      code: Code.InvalidArgument,
    })
  }
  expect(
    (await readdir(server.folder)).filter((name) => name.includes('restore.db') && !name.endsWith('.lock')),
  ).toEqual([])
  const restarted = await server.restart()
  expect((await restarted.peer().call(methods.listBasis, {})).basis.map(({ name }) => name)).toEqual(['kept'])
})

test('a restore that is cancelled on the way leaves nothing behind, and the next one goes through', async () => {
  const server = await startTestServer()
  const connection = await connectTo(server.port)
  const bytes = Buffer.concat(await Array.fromAsync(createSnapshot(connection, never())))
  const cancel = new AbortController()
  let round = 0
  async function* file(): AsyncGenerator<Uint8Array> {
    round += 1
    if (round === 1) {
      yield bytes
      return
    }
    yield bytes.subarray(0, bytes.length / 2)
    await eventually(() => existsSync(join(server.folder, 'vagrant-restore.db.temp')))
    cancel.abort()
    await new Promise(() => {})
  }
  await expect(restoreSnapshot(connection, file, { signal: cancel.signal })).rejects.toMatchObject({
    name: 'AbortError',
  })
  await eventually(() => !existsSync(join(server.folder, 'vagrant-restore.db.temp')))
  expect(existsSync(join(server.folder, 'vagrant-restore.db'))).toBe(false)
  async function* whole() {
    yield bytes
  }
  // The lock goes with the call that was cancelled.
  await expect.poll(() => restoreSnapshot(connection, whole, { signal: never() }).then(() => 'sent')).toBe('sent')
})

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
