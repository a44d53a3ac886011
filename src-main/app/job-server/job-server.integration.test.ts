import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { JobId } from '../../../src-shared/model/ids.ts'
import type { Job } from '../../../src-shared/model/job.ts'
import type { TerminalEvent } from '../../../src-shared/model/remote-job.ts'
import { connectVagrant } from '../../engines/vagrant/client/connect-vagrant.ts'
import { Job_State } from '../../engines/vagrant/generated/server_pb.js'
import type { RunnerOptions } from '../../engines/vagrant/runner/create-runner.ts'
import { createRunner } from '../../engines/vagrant/runner/create-runner.ts'
import { quietOperations } from '../../engines/vagrant/testing/holdfast-runner.fixture.ts'
import { eventually, never } from '../../engines/vagrant/testing/server.fixture.ts'
import { type TestApp, testApp, testFolder, writeTree } from '../testing/test-app.ts'
import { queuedJob } from './queue-wish.ts'

async function switchOn({ client }: TestApp, port = 0): Promise<number> {
  await client.servers.configure({ config: { kind: 'jobs', listen: { host: '127.0.0.1', port } } })
  const { status } = await client.servers.start({ kind: 'jobs' })
  if (status.state !== 'running') throw new Error(JSON.stringify(status))
  return status.listen.port
}

async function connect(port: number, token: string) {
  const connection = await connectVagrant({ address: `127.0.0.1:${port}`, token }, never())
  onTestFinished(() => connection.close())
  return connection.client
}

async function runner(port: number, token: string, options: Partial<RunnerOptions> = {}) {
  const client = await connect(port, token)
  const made = createRunner({
    client,
    operations: quietOperations,
    localFolder: testFolder(),
    id: 'laptop',
    heartbeatMs: 20,
    backoffMs: [5, 50],
    ...options,
  })
  onTestFinished(() => made.close())
  await eventually(() => made.isRegistered)
  return made
}

async function until(app: TestApp, id: JobId, isSo: (job: Job) => boolean): Promise<Job> {
  for await (const event of await app.client.jobs.events()) {
    const job =
      event.type === 'snapshot'
        ? event.jobs.find((one) => one.id === id)
        : event.type === 'changed' && event.job.id === id
          ? event.job
          : undefined
    if (job !== undefined && isSo(job)) return job
  }
  throw new Error('the events ended')
}

const isOver = ({ status }: Job): boolean => status.state === 'success' || status.state === 'error'

test('without a token nobody gets anything, the first one is not given to whoever asks, and a revoked one is refused', async () => {
  const app = await testApp({ keepRepository: true })
  const port = await switchOn(app)
  const stranger = await connect(port, '')
  await expect(stranger._ListJobs({})).rejects.toMatchObject({ code: 16 })
  await expect(stranger.bootstrapToken({})).rejects.toMatchObject({ code: 7 })
  const { token } = await app.client.jobServer.makeToken({ kind: 'invite', validForMs: 60_000 })
  const { token: login } = await stranger.convertInviteToken({ token })
  const friend = await connect(port, login)
  expect(await friend._ListJobs({})).toMatchObject({ jobs: [] })
  const made = (await app.client.jobServer.tokens()).find(({ kind }) => kind === 'login')
  await app.client.jobServer.revokeToken({ id: made?.id ?? '' })
  await expect(friend._ListJobs({})).rejects.toMatchObject({ code: 16 })
  expect(await app.client.jobServer.tokens()).toMatchObject([
    { kind: 'invite' },
    { kind: 'login', revokedAt: expect.any(Number) },
  ])
})

test('a backup of the app is a job of the server: its state, its log and its end', async () => {
  const app = await testApp()
  const port = await switchOn(app)
  const { token } = await app.client.jobServer.makeToken({ kind: 'login' })
  const peer = await connect(port, token)
  writeTree(app.source, { 'a.txt': 'a' })
  const plan = await app.plan()
  const [job] = await app.client.plans.run({ id: plan.id })
  if (job === undefined) throw new Error('no job')
  await app.done(job)
  await expect.poll(async () => (await peer.getJob({ jobId: job.id })).state).toBe(Job_State.SUCCESS)
  const seen = await peer.getJob({ jobId: job.id })
  expect(seen).toMatchObject({
    operation: { case: 'command', value: { command: 'backup' } },
    labels: { 'holdfast/title': job.title, 'holdfast/plan': plan.id },
  })
  const lines: string[] = []
  for await (const { event } of peer.getJobStream({ jobId: job.id })) {
    if (event.case !== 'terminal') continue
    for (const { event: piece } of event.value.events) if (piece.case === 'line') lines.push(piece.value.msg)
  }
  const log = await app.client.jobs.log({ id: job.id, level: 'info' })
  expect(lines).toEqual(log.lines.map(({ message, path }) => (path === undefined ? message : `${path}: ${message}`)))
})

test('a cancel over gRPC cancels the job of the app', async () => {
  const app = await testApp()
  const port = await switchOn(app)
  const { token } = await app.client.jobServer.makeToken({ kind: 'login' })
  const peer = await connect(port, token)
  writeFileSync(join(app.source, 'large'), randomBytes(64 * 1024 * 1024))
  await app.limitReading(1024 * 1024)
  const [job] = await app.client.plans.run({ id: (await app.plan()).id })
  if (job === undefined) throw new Error('no job')
  await expect
    .poll(async () => (await peer.getJob({ jobId: job.id }).catch(() => undefined))?.state)
    .toBe(Job_State.RUNNING)
  await peer.cancelJob({ jobId: job.id })
  expect((await app.ended(job)).status).toMatchObject({ state: 'error', error: { code: 'job/cancelled' } })
  await expect.poll(async () => (await peer.getJob({ jobId: job.id })).error?.code).toBe(1)
})

test('a job queued over gRPC is in Activity, with its output as it was sent, and with the runner that took it', async () => {
  const app = await testApp({ keepRepository: true })
  const port = await switchOn(app)
  const { token } = await app.client.jobServer.makeToken({ kind: 'login' })
  const peer = await connect(port, token)
  const { jobId: queueId } = await peer.queueJob({ job: queuedJob({ words: ['backup', 'Documents'] }) })
  await expect.poll(async () => (await app.client.jobs.list({ limit: 10 })).length).toBe(1)
  const [job] = await app.client.jobs.list({ limit: 10 })
  if (job === undefined) throw new Error('no job')
  expect(job).toMatchObject({
    title: 'backup Documents',
    trigger: 'remote',
    spec: { kind: 'remote', queueId },
    status: { state: 'waiting', reason: 'No runner is connected.' },
  })
  const laptop = await runner(port, token, {
    operations: {
      ...quietOperations,
      command: async (_operation, { terminal }) => {
        await terminal.line('begin', 'header')
        await terminal.write({ case: 'status', value: { status: 'running', msg: 'half', step: false } })
        await terminal.write({
          case: 'table',
          value: { headers: ['File'], rows: [{ entries: [{ value: 'a.txt', color: 'green' }] }] },
        })
        await terminal.write({
          case: 'step',
          value: { id: 1, msg: 'Packing', status: 'ok', output: Buffer.from('all\n'), close: true },
        })
        await terminal.write({ case: 'namedValues', value: { values: [{ name: 'size', value: '3' }] } })
        for (const byte of Buffer.from('schön')) await terminal.raw(Uint8Array.of(byte))
        return { runResult: true }
      },
    },
  })
  expect(await app.client.jobServer.runners()).toEqual([{ id: 'laptop', byIdOnly: false, jobs: 0 }])
  await laptop.accept({ signal: never() })
  const end = await until(app, job.id, isOver)
  expect(end).toMatchObject({
    status: { state: 'success' },
    spec: { runner: 'laptop' },
    reason: 'Runner laptop took it.',
  })
  const printed: TerminalEvent[] = []
  for await (const { events } of await app.client.jobServer.output({ id: job.id })) printed.push(...events)
  expect(printed.filter(({ kind }) => kind !== 'raw')).toMatchObject([
    { kind: 'line', text: 'begin', style: 'header' },
    { kind: 'status', status: 'running', text: 'half' },
    { kind: 'table', headers: ['File'], rows: [[{ text: 'a.txt', color: 'green' }]] },
    { kind: 'step', id: 1, text: 'Packing', output: 'all\n', isClosed: true },
    { kind: 'values', values: [{ name: 'size', value: '3' }] },
  ])
  expect(printed.map((event) => (event.kind === 'raw' ? event.text : '')).join('')).toBe('schön')
  const log = await app.client.jobs.log({ id: job.id })
  expect(log.lines.slice(0, 2).map(({ message }) => message)).toEqual(['begin', 'running: half'])
})

test('a command that failed is a job that failed, and cancel in Activity ends what waits and what runs', async () => {
  const app = await testApp({ keepRepository: true })
  const port = await switchOn(app)
  const { token } = await app.client.jobServer.makeToken({ kind: 'login' })
  const { jobId: waiting } = await app.client.jobServer.queue({ words: ['backup', 'x'], runner: 'nobody' })
  await until(app, waiting, ({ status }) => status.state === 'waiting')
  await app.client.jobs.cancel({ id: waiting })
  expect(await until(app, waiting, isOver)).toMatchObject({
    status: { state: 'error', error: { code: 'job/cancelled' } },
  })

  const { jobId: failing } = await app.client.jobServer.queue({ words: ['fail'] })
  const { jobId: running } = await app.client.jobServer.queue({ words: ['hang'] })
  const laptop = await runner(port, token, {
    operations: {
      ...quietOperations,
      command: async ({ command }, { signal }) => {
        if (command === 'fail') return { runResult: false, exitCode: 7 }
        return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
      },
    },
  })
  await laptop.accept({ signal: never() })
  expect(await until(app, failing, isOver)).toMatchObject({
    status: { error: { code: 'job/failed-elsewhere', message: expect.stringContaining('code 7') } },
  })
  const hanging = laptop.accept({ signal: never() })
  await until(app, running, ({ status }) => status.state === 'running')
  await app.client.jobs.cancel({ id: running })
  await hanging
  expect(await until(app, running, isOver)).toMatchObject({ status: { error: { code: 'job/cancelled' } } })
})

test('a restart loses no queued job and no output, tells no line twice, and hears a cancel that came meanwhile', async () => {
  const folder = testFolder()
  const first = await testApp({ folder, keepRepository: true })
  const port = await switchOn(first)
  const { token } = await first.client.jobServer.makeToken({ kind: 'login' })
  const { jobId: printed } = await first.client.jobServer.queue({ words: ['print'] })
  const laptop = await runner(port, token)
  await laptop.accept({ signal: never() })
  await until(first, printed, isOver)
  await laptop.close()
  const { jobId: kept } = await first.client.jobServer.queue({ words: ['later'] })
  const { jobId: dropped } = await first.client.jobServer.queue({ words: ['never'] })
  await until(first, dropped, ({ status }) => status.state === 'waiting')
  await first.client.servers.stop({ kind: 'jobs' })
  expect(await first.client.jobs.get({ id: kept })).toMatchObject({
    status: { state: 'waiting', reason: 'The job server is off.' },
  })
  await expect(first.client.jobServer.tokens()).rejects.toMatchObject({ code: 'server/unavailable' })
  await first.client.jobs.cancel({ id: dropped })
  await first.app.close()

  const second = await testApp({ folder, keepRepository: true })
  const again = await switchOn(second)
  const next = await runner(again, token)
  await next.accept({ signal: never() })
  expect(await until(second, kept, isOver)).toMatchObject({ status: { state: 'success' } })
  expect(await second.client.jobs.get({ id: dropped })).toMatchObject({ status: { error: { code: 'job/cancelled' } } })
  const lines: string[] = []
  for await (const { events } of await second.client.jobServer.output({ id: printed }))
    lines.push(...events.map((event) => (event.kind === 'line' ? event.text : event.kind)))
  expect(lines).toEqual(['ran print'])
  expect((await second.client.jobs.log({ id: printed })).lines.map(({ message }) => message)).toEqual(['ran print'])
})

test('two Holdfasts on one data folder do not both run its job server', async () => {
  const folder = testFolder()
  const first = await testApp({ folder, keepRepository: true })
  await switchOn(first)
  const second = await testApp({ folder, keepRepository: true, scheduler: false })
  await second.client.servers.configure({ config: { kind: 'jobs', listen: { host: '127.0.0.1', port: 0 } } })
  await expect(second.client.servers.start({ kind: 'jobs' })).rejects.toMatchObject({ code: 'server/unavailable' })
})
