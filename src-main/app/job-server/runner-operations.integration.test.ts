import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { MessageInitShape } from '@bufbuild/protobuf'
import { status } from '@grpc/grpc-js'
import { expect, onTestFinished, test } from 'vitest'
import { Job_State, type JobSchema } from '../../engines/vagrant/generated/server_pb.js'
import { eventually, methods, never, startTestServer } from '../../engines/vagrant/testing/server.fixture.ts'
import { type TestApp, testApp, writeTree } from '../testing/test-app.ts'

type JobInit = Exclude<MessageInitShape<typeof JobSchema>, { $typeName: string }>
type Source = NonNullable<JobInit['dataSource']>

const local: Source = { source: { case: 'local', value: {} } }

/** A job server, a grpc-js client of it, and a Holdfast that works for it with one plan into a small repository. */
async function atWork() {
  const server = await startTestServer()
  const app = await testApp({ keepRepository: true })
  const { client, source, folder } = app
  const store = join(folder, 'store.castr')
  const repository = await client.repositories.add({ address: store, name: 'Store', create: true })
  writeTree(source, { 'a.txt': 'a', 'b.txt': 'b' })
  await app.plan({ destinations: [{ repositoryId: repository.id }], retry: { attempts: 0 } })
  const known = await client.jobServers.add({
    name: 'A',
    address: `127.0.0.1:${server.port}`,
    token: server.server.tokens.login(),
  })
  const wish = { serverId: known.id, runnerId: 'attic', byIdOnly: false, parallel: 1 }
  const work = await app.app.workFor(wish, client, never())
  onTestFinished(() => work.close())
  const peer = server.peer()
  const queue = async (
    operation: NonNullable<JobInit['operation']>,
    dataSource = local,
    more: Partial<JobInit> = {},
  ) => {
    const targetRunner = { target: { case: 'id', value: { id: 'attic' } } } as const
    const job = { targetRunner, dataSource, operation, ...more }
    return (await peer.call(methods.queueJob, { job })).jobId
  }
  const ended = async (jobId: string) => {
    const isOver = () => (server.state.queue.get(jobId)?.state ?? 0) >= Job_State.ERROR
    await eventually(isOver)
    return peer.call(methods.getJob, { jobId })
  }
  const printed = async (jobId: string) => {
    const lines: string[] = []
    const { messages } = peer.listen(methods.getJobStream, { jobId })
    for (let next = await messages.next(); !next.done; next = await messages.next()) {
      if (next.value.event.case !== 'terminal') continue
      for (const { event } of next.value.event.value.events) if (event.case === 'line') lines.push(event.value.msg)
    }
    return lines
  }
  const run = async (...parameters: Parameters<typeof queue>) => ended(await queue(...parameters))
  return { server, app, store, queue, ended, run, printed }
}

test('noop, validate, init, auth and docs give their results over the wire', async () => {
  const { run, store, printed } = await atWork()
  expect(await run({ case: 'noop', value: {} })).toMatchObject({
    state: Job_State.SUCCESS,
    assignedRunner: { id: 'attic' },
  })
  expect(await run({ case: 'validate', value: {} })).toMatchObject({
    state: Job_State.SUCCESS,
    result: { validate: {} },
  })
  expect(await run({ case: 'init', value: {} })).toMatchObject({
    result: {
      init: { actions: [{ name: 'backup' }, { name: 'plans' }], commands: [{ name: 'backup' }, { name: 'plans' }] },
    },
  })
  expect(await run({ case: 'docs', value: {} })).toMatchObject({
    result: {
      docs: {
        results: [
          { component: { name: 'backup' }, docs: { example: 'backup <plan>' } },
          { component: { name: 'plans' } },
        ],
      },
    },
  })
  const auth = { case: 'auth', value: { checkOnly: true } } as const
  expect(await run(auth)).toMatchObject({
    result: { auth: { results: [{ component: { name: 'Store' }, checkResult: true, authSupported: false }] } },
  })

  renameSync(store, `${store}.away`)
  const failed = await run({ case: 'validate', value: {} })
  expect(failed).toMatchObject({
    state: Job_State.ERROR,
    error: { code: status.FAILED_PRECONDITION, message: 'Documents: Store is not reachable.' },
  })
  expect(await printed(failed.id)).toEqual(['Documents: Store is not reachable.'])
  expect(await run(auth)).toMatchObject({
    result: { auth: { results: [{ component: { name: 'Store' }, checkResult: false }] } },
  })
})

test('a command runs a plan, says what it did, and fails in words where there is none', async () => {
  const { run, printed, app } = await atWork()
  const command = (name: string, ...args: string[]) =>
    ({ case: 'command', value: { command: name, cliArgs: { args } } }) as const
  const done = await run(command('backup', 'Documents'))
  expect(done).toMatchObject({ state: Job_State.SUCCESS, result: { run: { runResult: true, exitCode: 0 } } })
  expect(await printed(done.id)).toEqual(
    expect.arrayContaining(['Documents', 'Back up Documents: done', expect.stringContaining('3 seen = 3 stored')]),
  )
  expect(await app.client.snapshots.list({})).toHaveLength(1)
  const missing = await run(command('backup', 'Nothing'))
  expect(missing).toMatchObject({ state: Job_State.SUCCESS, result: { run: { runResult: false, exitCode: 1 } } })
  expect(missing.result?.run?.runError?.message).toContain('There is no such plan.')
  expect(await run(command('sh', '-c', 'true'))).toMatchObject({
    result: { run: { runResult: false, runError: { message: expect.stringContaining('not sh') } } },
  })
})

test('a job with a git source is fetched by git first, within its bounds, and leaves no clone behind', async () => {
  const { run, app } = await atWork()
  const repository = join(app.folder, 'git')
  mkdirSync(join(repository, 'sub'), { recursive: true })
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args], {
      cwd: repository,
      stdio: 'pipe',
    })
  git('init', '--quiet', '--initial-branch=main')
  writeFileSync(join(repository, 'sub/a'), 'a')
  git('add', '.')
  git('commit', '--quiet', '-m', 'first')
  const from = (path: string, url = repository): Source => ({ source: { case: 'git', value: { url, path } } })
  const clones = () =>
    readdirSync(tmpdir()).filter((name) => name.startsWith('holdfast-job-') && !name.includes('server'))
  const before = clones()
  const noop = { case: 'noop', value: {} } as const
  expect(await run(noop, from('sub'))).toMatchObject({ state: Job_State.SUCCESS })
  for (const path of ['..', 'sub/../..', '/etc', 'sub\\..\\..', 'missing']) {
    expect([path, await run(noop, from(path))]).toMatchObject([path, { error: { code: status.FAILED_PRECONDITION } }])
  }
  expect(await run(noop, from('', '--upload-pack=touch /tmp/x'))).toMatchObject({
    error: { code: status.FAILED_PRECONDITION },
  })
  expect(await run(noop, from('', join(app.folder, 'nowhere')))).toMatchObject({ error: { code: status.ABORTED } })
  expect(await run(noop, from('sub'), { dataSourceOverrides: { ref: 'no-such-branch' } })).toMatchObject({
    error: { code: status.ABORTED },
  })
  expect(await run(noop, { source: { case: undefined } })).toMatchObject({ error: { code: status.INTERNAL } })
  expect(clones()).toEqual(before)
})

test.each(['asked', 'forced'] as const)('a cancel (%s) over there ends the backup here', async (how) => {
  const { server, app, queue, ended } = await atWork()
  await slowDown(app)
  const jobId = await queue({ case: 'command', value: { command: 'backup', cliArgs: { args: ['Documents'] } } })
  const running = async () => (await app.client.jobs.list({ limit: 1 }))[0]
  await expect.poll(async () => (await running())?.status.state).toBe('running')
  server.state.queue.cancel(jobId, { force: how === 'forced' })
  expect(await ended(jobId)).toMatchObject({ state: Job_State.ERROR, error: { code: status.CANCELLED } })
  await expect.poll(async () => (await running())?.status).toMatchObject({ error: { code: 'job/cancelled' } })
  expect(await app.client.snapshots.list({})).toEqual([])
})

/** So slow that it is still there when somebody cancels it. */
async function slowDown({ limitReading, source }: TestApp): Promise<void> {
  writeFileSync(join(source, 'large'), randomBytes(64 * 1024 * 1024))
  await limitReading(1024 * 1024)
}
