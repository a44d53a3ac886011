import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createRouterClient } from '@orpc/server'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Client } from '../../../src-shared/contract/index.ts'
import type { PlanId } from '../../../src-shared/model/ids.ts'
import type { Job } from '../../../src-shared/model/job.ts'
import { createApp } from '../create-app.ts'
import { type TestApp, testApp, writeTree } from '../testing/test-app.ts'

const mebibyte = 1024 * 1024

/** Large enough that something can happen in the midst of it, once reading is limited. */
function writeLargeTree(source: string): void {
  for (let i = 0; i < 24; i++) writeTree(source, { [`part ${i}.bin`]: randomBytes(8 * mebibyte) })
}

async function only(jobs: Promise<Job[]>): Promise<Job> {
  const [job] = await jobs
  if (job === undefined) throw new Error('no job')
  return job
}

/** Six seconds for the large tree. */
const slow = 32 * mebibyte

/** A backup of the large tree that has begun, and will not end soon. */
async function startLarge(t: TestApp, id: PlanId): Promise<Job> {
  await t.limitReading(slow)
  const job = await only(t.client.plans.run({ id }))
  await underWay(t, job.id)
  await t.limitReading(undefined)
  return job
}

async function underWay({ client }: TestApp, id: Job['id']): Promise<void> {
  for await (const event of await client.jobs.events()) {
    if (event.type !== 'changed' || event.job.id !== id) continue
    if (event.job.status.state === 'running' && event.job.status.progress.newChunks > 2) return
    if (event.job.status.state === 'success') throw new Error('it was done before anything could happen')
  }
}

describe('a backup', () => {
  it('that is cancelled says so, leaves no snapshot, and its chunks are used again', async () => {
    const t = await testApp()
    writeLargeTree(t.source)
    const plan = await t.plan()
    const job = await startLarge(t, plan.id)
    await t.client.jobs.cancel({ id: job.id })
    expect((await t.ended(job)).status).toMatchObject({ state: 'error', error: { code: 'job/cancelled' } })
    expect(await t.client.snapshots.list({})).toEqual([])
    const again = await t.done(await t.client.jobs.retry({ id: job.id }))
    expect(again.retryOf).toBe(job.id)
    expect(again.status.summary.reusedChunks).toBeGreaterThan(0)
    expect(await t.client.snapshots.list({})).toHaveLength(1)
  })

  it('that is paused stands still until it goes on, and can be cancelled meanwhile', async () => {
    const t = await testApp()
    writeLargeTree(t.source)
    const plan = await t.plan()
    const read = async (id: Job['id']) => {
      const { status } = await t.client.jobs.get({ id })
      return status.state === 'running' ? { pausedAt: status.pausedAt, doneBytes: status.progress.doneBytes } : status
    }
    const stopped = await startLarge(t, plan.id)
    await t.client.jobs.pause({ id: stopped.id })
    await t.client.jobs.cancel({ id: stopped.id })
    expect((await t.ended(stopped)).status).toMatchObject({ state: 'error', error: { code: 'job/cancelled' } })

    writeLargeTree(t.source)
    const job = await startLarge(t, plan.id)
    await t.client.jobs.pause({ id: job.id })
    // What was on its way when it heard of it is still told.
    let before = await read(job.id)
    for (let same = 0; same < 4; ) {
      await new Promise((resolve) => setTimeout(resolve, 300))
      const now = await read(job.id)
      same = JSON.stringify(now) === JSON.stringify(before) ? same + 1 : 0
      before = now
    }
    expect(before).toMatchObject({ pausedAt: expect.any(Number) })
    await t.client.jobs.resume({ id: job.id })
    await t.done(job)
    await expect(t.client.jobs.pause({ id: job.id })).rejects.toMatchObject({ code: 'input/invalid' })
  })

  it('whose process is killed is found, named, and tried again without storing twice', async () => {
    const t = await testApp()
    writeLargeTree(t.source)
    const plan = await t.plan()
    await t.limitReading(slow)
    await t.app.close()
    const script = fileURLToPath(new URL('../testing/crash-script.ts', import.meta.url))
    const child = spawn(process.execPath, [script, join(t.folder, 'data'), plan.id], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await new Promise<void>((resolve, reject) => {
      child.stdout.once('data', () => resolve())
      child.once('exit', (code) => reject(new Error(`it ended by itself with ${code}`)))
    })
    const dead = new Promise((resolve) => child.once('exit', resolve))
    child.removeAllListeners('exit')
    child.kill('SIGKILL')
    await Promise.race([dead, new Promise((resolve) => child.once('close', resolve))])

    const next = await testApp({ folder: t.folder })
    await next.limitReading(undefined)
    const [job] = await next.client.jobs.list({ kinds: ['backup'] })
    expect(job?.status).toMatchObject({ state: 'error', error: { code: 'job/interrupted' } })
    if (job === undefined) return
    expect(await next.client.snapshots.list({})).toEqual([])
    const again = await next.done(await next.client.jobs.retry({ id: job.id }))
    expect(again.status.summary.reusedChunks).toBeGreaterThan(0)
    expect(await next.client.snapshots.list({})).toHaveLength(1)
  })

  it('waits with a sentence while another one writes to the repository', async () => {
    const t = await testApp()
    writeLargeTree(t.source)
    const plan = await t.plan()
    writeTree(join(t.folder, 'Music'), { 'a.mp3': 'x' })
    const music = await t.plan({
      name: 'Music',
      backupId: 'music',
      source: { kind: 'folders', paths: [join(t.folder, 'Music')], excludes: [], presets: [], oneFileSystem: true },
    })
    const first = await startLarge(t, plan.id)
    const second = await only(t.client.plans.run({ id: music.id }))
    const waiting = await t.client.jobs.get({ id: second.id })
    expect(waiting.status).toEqual({ state: 'waiting', reason: 'Waits until “Back up Documents” has ended.' })
    await t.done(first)
    await t.done(second)
    expect(await t.client.snapshots.list({})).toHaveLength(2)
  })

  it('of a folder that is gone fails and says which', async () => {
    const t = await testApp()
    const plan = await t.plan()
    rmSync(t.source, { recursive: true })
    const end = await t.ended(await only(t.client.plans.run({ id: plan.id })))
    expect(end.status).toMatchObject({ state: 'error', error: { code: 'source/vanished' } })
    expect(end.status.state === 'error' && end.status.error.message).toContain(t.source)
    expect(t.host.notifications).toMatchObject([{ kind: 'failure', route: `/activity/${end.id}` }])
    expect((await t.client.plans.get({ id: plan.id })).health).toBe('failed')
  })

  it('to a repository that is not there fails, and the repository says so', async () => {
    const t = await testApp()
    writeTree(t.source, { a: 'a' })
    const plan = await t.plan()
    const { repository } = (await t.client.repositories.list())[0] ?? {}
    if (repository === undefined) throw new Error('no repository')
    renameSync(repository.address, `${repository.address}-away`)
    const end = await t.ended(await only(t.client.plans.run({ id: plan.id })))
    expect(end.status).toMatchObject({ state: 'error', error: { code: 'datastore/not-found' } })
  })

  it('counts and lists what its patterns leave out; a try-out stores nothing', async () => {
    const t = await testApp()
    writeTree(t.source, { keep: 'a', 'drop.tmp': 'b', 'cache/x': 'c' })
    const plan = await t.plan({
      source: { kind: 'folders', paths: [t.source], excludes: ['*.tmp', 'cache/'], presets: [], oneFileSystem: true },
    })
    const [trial] = await t.client.plans.run({ id: plan.id, dryRun: true })
    if (trial === undefined) throw new Error('no job')
    const tried = await t.done(trial)
    expect(tried.status.summary.counts).toEqual({ seen: 4, stored: 2, unchanged: 0, skipped: 2, failed: 0 })
    expect(await t.client.snapshots.list({})).toEqual([])
    const end = await t.done(await only(t.client.plans.run({ id: plan.id })))
    expect(end.status.summary.counts).toMatchObject({ seen: 4, skipped: 2, failed: 0 })
    const { lines, total } = await t.client.jobs.log({ id: end.id, outcome: 'skipped' })
    expect(total).toBe(2)
    expect(lines.map((line) => line.path).sort()).toEqual([join(t.source, 'cache'), join(t.source, 'drop.tmp')])
  })

  it('stops when the program before it fails, and tells the one after it how it went', async () => {
    const t = await testApp()
    writeTree(t.source, { a: 'a' })
    const failing = await t.plan({ hooks: { before: [process.execPath, '-e', 'process.exit(3)'] } })
    const stopped = await t.ended(await only(t.client.plans.run({ id: failing.id })))
    expect(stopped.status).toMatchObject({ state: 'error', error: { code: 'hook/failed' } })
    expect(await t.client.snapshots.list({})).toEqual([])
    const speaking = await t.plan({
      id: failing.id,
      hooks: { after: [process.execPath, '-e', 'console.log(process.env.HOLDFAST_RESULT)'] },
    })
    const end = await t.done(await only(t.client.plans.run({ id: speaking.id })))
    const { lines } = await t.client.jobs.log({ id: end.id })
    expect(lines.map((line) => line.message)).toContain('success')
  })
})

describe('the log and the events', () => {
  it('give a late subscriber the past first, marked, and end with the job', async () => {
    const t = await testApp()
    writeTree(t.source, { a: 'a' })
    const plan = await t.plan()
    const job = await only(t.client.plans.run({ id: plan.id }))
    await t.done(job)
    const batches: { buffered: boolean; messages: string[] }[] = []
    for await (const { buffered, lines } of await t.client.jobs.followLog({ id: job.id })) {
      batches.push({ buffered, messages: lines.map((line) => line.message) })
    }
    expect(batches).toHaveLength(1)
    expect(batches[0]?.buffered).toBe(true)
    expect(batches[0]?.messages.at(-1)).toMatch(/^Stored as host\/documents\//)
    for await (const event of await t.client.jobs.events()) {
      const jobs = event.type === 'snapshot' ? event.jobs : []
      expect(jobs.find(({ id }) => id === job.id)?.status.state).toBe('success')
      break
    }
  })

  it('come at most five times a second for a job', async () => {
    const t = await testApp()
    writeLargeTree(t.source)
    // Four seconds of reading on any machine.
    await t.limitReading(48 * mebibyte)
    const plan = await t.plan()
    const job = await only(t.client.plans.run({ id: plan.id }))
    const at: number[] = []
    for await (const event of await t.client.jobs.events()) {
      if (event.type !== 'changed' || event.job.id !== job.id) continue
      if (event.job.status.state === 'running') at.push(performance.now())
      if (event.job.status.state === 'success') break
    }
    expect(at.length).toBeGreaterThan(1)
    const seconds = ((at.at(-1) ?? 0) - (at[0] ?? 0)) / 1000
    expect(at.length).toBeLessThanOrEqual(5 * seconds + 3)
    const throughput = await t.client.jobs.throughput({ id: job.id })
    expect(throughput.length).toBeGreaterThan(1)
    await t.app.close()
    const again = await testApp({ folder: t.folder, keepRepository: true })
    expect(await again.client.jobs.throughput({ id: job.id })).toEqual(throughput)
  })

  it('what waits keeps the order a person gave it, over a restart as well', async () => {
    const t = await testApp({ scheduler: false })
    const { id } = await t.client.repositories.ensureDefault()
    await t.app.close()
    // An app that does not start: its jobs stay where they are.
    const resting = await createApp(t.host)
    const client: Client = createRouterClient(resting.router, { context: {} })
    const spec = { kind: 'index', repositoryId: id } as const
    const jobs: Job[] = []
    for (let at = 0; at < 3; at++) jobs.push(await client.jobs.start({ spec }))
    const [first, , third] = jobs
    if (first === undefined || third === undefined) throw new Error('three jobs were started')
    await client.jobs.reorder({ id: third.id, before: first.id })
    await resting.close()

    const again = await createApp(t.host)
    onTestFinished(() => again.close())
    const reopened: Client = createRouterClient(again.router, { context: {} })
    for await (const event of await reopened.jobs.events()) {
      // Newest first, so what runs next is the last of those that wait; what has ended follows.
      const waiting = event.type === 'snapshot' ? event.jobs.slice(0, 3) : []
      expect(waiting.map((job) => job.id)).toEqual([jobs[1]?.id, first.id, third.id])
      break
    }
  })

  it('the event loop stays free during a backup', async () => {
    const t = await testApp()
    writeLargeTree(t.source)
    const plan = await t.plan()
    // Processor time of this thread between two turns of the loop: what others do on the machine does not count.
    let worstMs = 0
    let before = process.threadCpuUsage()
    const timer = setInterval(() => {
      const { user, system } = process.threadCpuUsage(before)
      worstMs = Math.max(worstMs, (user + system) / 1000)
      before = process.threadCpuUsage()
    }, 5)
    try {
      await t.done(await only(t.client.plans.run({ id: plan.id })))
    } finally {
      clearInterval(timer)
    }
    expect(worstMs).toBeLessThan(50)
  })
})

it('what another process does on the same data folder is seen here', async () => {
  const t = await testApp()
  writeTree(t.source, { a: 'a' })
  const plan = await t.plan()
  const terminal = await testApp({ folder: t.folder, scheduler: false })
  const seen = (async () => {
    for await (const event of await t.client.jobs.events()) {
      if (event.type !== 'changed' || event.job.spec.kind !== 'backup') continue
      if (event.job.status.state === 'success') return event.job
    }
    return undefined
  })()
  const job = await only(terminal.client.plans.run({ id: plan.id }))
  expect(job.trigger).toBe('command-line')
  await terminal.done(job)
  expect((await seen)?.id).toBe(job.id)
  expect(await t.client.snapshots.list({})).toHaveLength(1)
})
