import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { job as jobModel } from '../../../src-shared/model/job.ts'
import { remoteEvent } from '../../../src-shared/model/known-job-server.ts'
import { freePort } from '../../os/free-port.fixture.ts'
import { CommandLine, documentsOf, type Running, workFolder } from './testing/command-line.ts'
import { limitReading } from './testing/job-watch.ts'

const megabyte = 1024 * 1024
const folder = workFolder()
/** Machine A serves and asks; machine B works. Two processes with two catalogs, and a repository on B. */
const a = new CommandLine(join(folder, 'a'))
const b = new CommandLine(join(folder, 'b'))
const small = join(folder, 'small')
const large = join(folder, 'large')
const running: Running[] = []
let port = 0
let token = ''
let server: Running

const listening = z.object({ port: z.number(), token: z.string().optional() })

function start(machine: CommandLine, ...words: string[]): Running {
  const started = machine.start('--json', ...words)
  running.push(started)
  return started
}

async function serve(): Promise<void> {
  server = start(a, 'host', 'jobs', '--listen', `127.0.0.1:${port}`)
  const said = listening.parse(documentsOf(await server.printed('"port"'))[0])
  token = said.token ?? token
}

/** Machine B at work, known as `b`. */
async function work(): Promise<Running> {
  const worker = start(b, 'runner', '--server', `127.0.0.1:${port}`, '--id', 'b')
  await worker.printed('"runner"')
  return worker
}

async function end(one: Running): Promise<void> {
  one.process.kill('SIGINT')
  await one.ended
}

function jobOf(stdout: string) {
  const last = documentsOf(stdout).findLast((document) => jobModel.safeParse(document).success)
  return jobModel.parse(last)
}

/** What a job printed, as it came over the wire. */
function printedBy(stdout: string) {
  return documentsOf(stdout).flatMap((document) => {
    const event = remoteEvent.safeParse(document)
    return event.success && event.data.type === 'output' ? event.data.events : []
  })
}

beforeAll(async () => {
  mkdirSync(small)
  writeFileSync(join(small, 'note.txt'), 'a note')
  mkdirSync(large)
  for (let i = 0; i < 24; i++) writeFileSync(join(large, `part ${i}`), randomBytes(8 * megabyte))
  await b.good('init', join(folder, 'repository'))
  await b.good('plan', 'add', small, '--name', 'Small', '-r', join(folder, 'repository'))
  await b.good('plan', 'add', large, '--name', 'Large', '-r', join(folder, 'repository'))
  port = await freePort()
  await serve()
  await b.good('remote', 'login', '--server', `127.0.0.1:${port}`, '--token', token)
  await a.good('remote', 'login', '--server', `127.0.0.1:${port}`, '--token', token)
})

afterAll(async () => {
  for (const one of running) if (one.process.exitCode === null) one.process.kill('SIGKILL')
  await Promise.all(running.map((one) => one.ended))
})

test('a wrong token, a cut one and a server that is not there are refused by name', async () => {
  const refused = async (...words: string[]) => (await b.json('remote', 'login', ...words)).documents
  const address = `127.0.0.1:${port}`
  expect(await refused('--server', address, '--token', 'nonsense')).toMatchObject([
    { error: { code: 'job-server/denied' } },
  ])
  expect(await refused('--server', address, '--token', token.slice(0, -4))).toMatchObject([
    { error: { code: 'job-server/denied' } },
  ])
  expect(await refused('--server', `127.0.0.1:${await freePort()}`, '--token', token)).toMatchObject([
    { error: { code: 'job-server/unreachable' } },
  ])
})

test('a plan of one machine, started from the other, with live progress; both have the job with all it said', async () => {
  const worker = await work()
  const watched = await a.run('--json', 'remote', 'queue', 'backup', 'Large', '--runner', 'b', '--watch')
  expect(watched.code, watched.stderr).toBe(0)
  const done = jobOf(watched.stdout)
  expect(done).toMatchObject({ status: { state: 'success' }, spec: { runner: 'b', words: ['backup', 'Large'] } })
  const printed = printedBy(watched.stdout)
  expect(printed[0]).toMatchObject({ kind: 'line', text: 'Large', style: 'header' })
  expect(printed.some((event) => event.kind === 'status' && event.status === 'running')).toBe(true)
  expect(printed.at(-1)).toMatchObject({
    kind: 'values',
    values: expect.arrayContaining([{ name: 'seen', value: '25' }]),
  })
  expect((await b.json('job', 'list')).documents).toMatchObject([
    { title: 'Back up Large', status: { state: 'success' } },
  ])
  expect((await a.json('job', 'list')).documents).toMatchObject([
    { id: done.id, title: 'backup Large on b', status: { state: 'success' } },
  ])
  const log = (await a.json('job', 'logs', done.id)).documents
  expect(log).toEqual(expect.arrayContaining([expect.objectContaining({ message: 'Large' })]))
  expect((await a.json('remote', 'runners')).documents).toEqual([{ id: 'b', isConnected: true }])
  await end(worker)
  expect((await a.json('remote', 'runners')).documents).toEqual([{ id: 'b', isConnected: false }])
})

test('a plan that is not there fails with the words of the runner', async () => {
  const worker = await work()
  const { code, stdout } = await a.run('--json', 'remote', 'queue', 'backup', 'Nothing', '--watch')
  expect(code).toBe(1)
  expect(jobOf(stdout)).toMatchObject({
    status: {
      error: { code: 'job/failed-elsewhere', message: expect.stringContaining('There is no such plan. Nothing') },
    },
  })
  await end(worker)
})

test('a cancel on one machine cancels the backup of the other', async () => {
  for (let i = 0; i < 24; i++) writeFileSync(join(large, `part ${i}`), randomBytes(8 * megabyte))
  limitReading(b.dataDirectory, 20 * megabyte)
  onTestFinished(() => limitReading(b.dataDirectory, undefined))
  const worker = await work()
  const watching = start(a, 'remote', 'queue', 'backup', 'Large', '--runner', 'b', '--watch')
  await watching.printed('"status":"running"')
  const { queueId } = z.object({ queueId: z.string() }).parse(documentsOf(await watching.printed('queueId'))[0])
  await a.good('remote', 'cancel', queueId)
  const { code, stdout } = await watching.ended
  expect(code).toBe(1)
  expect(jobOf(stdout)).toMatchObject({ status: { error: { code: 'job/cancelled' } } })
  expect((await b.json('job', 'list', '--limit', '1')).documents).toMatchObject([
    { title: 'Back up Large', status: { state: 'error', error: { code: 'job/cancelled' } } },
  ])
  await end(worker)
})

test('the job server is killed while a job waits and one that ended was printed: nothing is lost, and whoever watches goes on', async () => {
  const worker = await work()
  const first = await a.run('--json', 'remote', 'queue', 'plans', '--watch')
  expect(first.code).toBe(0)
  await end(worker)
  const watching = start(a, 'remote', 'queue', 'backup', 'Small', '--runner', 'b', '--watch')
  await watching.printed('"type":"job"')
  server.process.kill('SIGKILL')
  await server.ended
  await serve()
  const again = await work()
  const { code, stdout, stderr } = await watching.ended
  expect(code, stderr).toBe(0)
  expect(jobOf(stdout)).toMatchObject({ status: { state: 'success' }, spec: { runner: 'b' } })
  expect(printedBy(stdout).filter((event) => event.kind === 'line' && event.style === 'header')).toHaveLength(1)
  const replayed = await a.run('--json', 'remote', 'watch', jobOfQueue(first.stdout))
  expect(printedBy(replayed.stdout)).toEqual(printedBy(first.stdout))
  await end(again)
})

test('what the server keeps is stored in a file and restored; a file that was cut changes nothing', async () => {
  const whole = join(folder, 'server.snapshot')
  await a.good('remote', 'snapshot', whole)
  const kept = (await a.json('remote', 'jobs')).documents.length
  const cut = join(folder, 'cut.snapshot')
  writeFileSync(cut, readFileSync(whole).subarray(0, -20))
  expect((await a.json('remote', 'restore', cut)).documents).toMatchObject([{ error: { code: 'protocol/violation' } }])
  await a.good('remote', 'queue', 'plans', '--runner', 'nobody')
  await a.good('remote', 'restore', whole)
  await end(server)
  await serve()
  expect((await a.json('remote', 'jobs')).documents).toHaveLength(kept)
  expect((await a.json('remote', 'snapshot', whole)).documents).toMatchObject([{ error: { code: 'input/invalid' } }])
})

test('what the server keeps is stored in a repository and restored from it, with the commands that wait', async () => {
  const store = join(folder, 'servers.castr')
  await a.good('init', store)
  const waiting = async () =>
    (await a.json('remote', 'jobs')).documents
      .map((document) => jobModel.parse(document))
      .filter(({ spec }) => spec.kind === 'remote' && spec.wantedRunner === 'nobody')
      .map(({ title }) => title)
  await a.good('remote', 'queue', 'backup', 'Kept', '--runner', 'nobody')
  await a.good('backup', '--job-server', `127.0.0.1:${port}`, '-r', store, '--id', 'jobs')
  await a.good('remote', 'queue', 'backup', 'Later', '--runner', 'nobody')
  expect((await a.json('remote', 'restore', 'latest', '-r', store)).documents.at(-1)).toMatchObject({
    spec: { kind: 'restore-job-server' },
    status: { state: 'success' },
  })
  expect(await waiting()).toEqual(['backup Later on nobody', 'backup Kept on nobody'])
  await end(server)
  await serve()
  expect(await waiting()).toEqual(['backup Kept on nobody'])
})

test('an invite becomes a login once it is used', async () => {
  const c = new CommandLine(join(folder, 'c'))
  const [made] = (await a.json('remote', 'tokens', '--hours', '1')).documents
  const { token: invite } = z.object({ token: z.string() }).parse(made)
  await c.good('remote', 'login', '--server', `127.0.0.1:${port}`, '--token', invite)
  expect(await c.json('remote', 'jobs')).toEqual({ code: 0, documents: (await a.json('remote', 'jobs')).documents })
})

function jobOfQueue(stdout: string): string {
  return z.object({ queueId: z.string() }).parse(documentsOf(stdout)[0]).queueId
}
