import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import type { JobId } from '../../../src-shared/model/ids.ts'
import { type TestCatalog, testCatalog, testJob, testPlan, testRepository } from './catalog-testing.ts'
import { initialProgress } from './job-row.ts'
import type { EndStatus } from './job-writer.ts'

const success = (endedAt: number): EndStatus => ({
  state: 'success',
  startedAt: endedAt,
  endedAt,
  summary: { doneBytes: 1, storedBytes: 1 },
})

test('a job goes from queued over waiting and running to success, and every step is on disk', () => {
  const { catalog, another } = testCatalog()
  const other = another()
  const job = catalog.jobs.insert(testJob(testRepository()))
  catalog.jobs.setWaiting(job.id, 'The disk is not connected.')
  expect(other.jobs.get(job.id)?.status).toEqual({ state: 'waiting', reason: 'The disk is not connected.' })
  expect(catalog.jobs.claimNext()?.id).toBe(job.id)
  expect(other.jobs.get(job.id)?.status.state).toBe('running')
  expect(catalog.jobs.finish(job.id, success(9), 3)).toBe(true)
  expect(catalog.jobs.finish(job.id, success(10))).toBe(false)
  expect(other.jobs.get(job.id)).toMatchObject({ warnings: 3, status: success(9) })
})

test('a repository has one running writer; readers and other repositories go on', () => {
  const { catalog, another } = testCatalog()
  const [a, b] = [testRepository(), testRepository()]
  const [write1, write2, verify, elsewhere] = [
    testJob(a),
    testJob(a, { kind: 'prune' }),
    testJob(a, { kind: 'verify' }),
    testJob(b),
  ]
  for (const job of [write1, write2, verify, elsewhere]) catalog.jobs.insert(job)
  const other = another()
  expect([other.jobs.claimNext()?.id, catalog.jobs.claimNext()?.id, other.jobs.claimNext()?.id]).toEqual([
    write1.id,
    verify.id,
    elsewhere.id,
  ])
  expect(catalog.jobs.claimNext()).toBeUndefined()
  other.jobs.finish(write1.id, success(1))
  expect(catalog.jobs.claimNext()?.id).toBe(write2.id)
})

test('a job is not claimed before its time, nor when the claimer does not accept it', () => {
  const { catalog, clock } = testCatalog()
  const later = catalog.jobs.insert(testJob(testRepository()), clock.now + 1000)
  const refused = catalog.jobs.insert(testJob(testRepository()))
  expect(catalog.jobs.claimNext((job) => job.id !== refused.id)).toBeUndefined()
  clock.now += 1000
  expect(catalog.jobs.claimNext((job) => job.id !== refused.id)?.id).toBe(later.id)
})

test('progress reaches the disk once a second, and only from the owner', () => {
  const { catalog, another, clock } = testCatalog()
  const { id } = catalog.jobs.insert(testJob(testRepository()))
  catalog.jobs.claimNext()
  const written = [0, 100, 999, 1000, 1500].map((ms) => {
    clock.now = ms
    return catalog.jobs.updateProgress(id, { ...initialProgress, doneBytes: ms })
  })
  expect(written).toEqual([true, false, false, true, false])
  expect(another().jobs.updateProgress(id, initialProgress)).toBe(false)
  expect(catalog.jobs.get(id)?.status).toMatchObject({ progress: { doneBytes: 1000 } })
})

test('a cancelled job that waits ends at once, one that runs is told to its owner', () => {
  const { catalog, another } = testCatalog()
  const other = another()
  const running = catalog.jobs.insert(testJob(testRepository()))
  catalog.jobs.claimNext()
  const queued = catalog.jobs.insert(testJob(testRepository()))
  other.jobs.requestCancel(running.id)
  other.jobs.requestCancel(queued.id)
  expect(catalog.jobs.get(queued.id)?.status).toMatchObject({ state: 'error', error: { code: 'job/cancelled' } })
  expect([catalog.jobs.cancelRequests(), other.jobs.cancelRequests()]).toEqual([[running.id], []])
})

test('the running jobs of a killed process are interrupted, those of living ones are not', async () => {
  const { catalog, folder, another } = testCatalog()
  const [mine, theirs, dead] = [1, 2, 3].map(() => catalog.jobs.insert(testJob(testRepository())).id)
  catalog.jobs.claimNext()
  const other = another()
  other.jobs.claimNext()
  const child = await claimInAnotherProcess(folder)
  expect(catalog.jobs.recoverInterrupted()).toEqual([])
  child.kill('SIGKILL')
  await once(child, 'exit')
  expect(catalog.jobs.recoverInterrupted().map(({ id }) => id)).toEqual([dead])
  expect([mine, theirs, dead].map((id) => catalog.jobs.get(id as JobId)?.status.state)).toEqual([
    'running',
    'running',
    'error',
  ])
  expect(catalog.instances.list()).toHaveLength(3)
  catalog.instances.sweep()
  expect(catalog.instances.list()).toHaveLength(2)
})

test('a subscriber that comes back gets every change and removal since, in order', () => {
  const { catalog, clock } = testCatalog()
  const ids = endedJobs({ catalog, clock }, 4)
  const since = catalog.jobs.revision()
  const added = catalog.jobs.insert(testJob(testRepository()))
  expect(catalog.jobs.prune(2)).toBe(2)
  const changes = catalog.jobs.changesAfter(since)
  expect({ ...changes, changed: changes.changed.map(({ id }) => id) }).toEqual({
    revision: catalog.jobs.revision(),
    changed: [added.id],
    removed: [ids[1], ids[0]],
    isComplete: true,
  })
  expect(catalog.jobs.changesAfter(catalog.jobs.revision())).toMatchObject({ changed: [], removed: [] })
  expect(catalog.jobs.changesAfter(catalog.jobs.revision() + 5).isComplete).toBe(false)
})

test('lists page by page, newest first, and filter', () => {
  const { catalog, clock } = testCatalog()
  const ids = endedJobs({ catalog, clock }, 5)
  const queued = catalog.jobs.insert(testJob(testRepository(), { kind: 'verify' }))
  const first = catalog.jobs.list({ limit: 3 })
  const second = catalog.jobs.list({ limit: 3, before: first.next })
  expect([...first.jobs, ...second.jobs].map(({ id }) => id)).toEqual([queued.id, ...ids.toReversed()])
  expect(second.next).toBeUndefined()
  expect(catalog.jobs.list({ states: ['queued'], limit: 9 }).jobs.map(({ id }) => id)).toEqual([queued.id])
  expect(catalog.jobs.list({ kinds: ['backup'], limit: 9 }).jobs).toHaveLength(5)
})

test('pruning keeps the last good run of each plan, and results tell how the days went', () => {
  const { catalog, clock } = testCatalog()
  const repository = testRepository()
  const plan = testPlan(repository)
  const outcomes = ['good', 'cancelled', 'warnings', 'failed', 'failed'].map((outcome) => {
    const { id } = catalog.jobs.insert(testJob(repository, { planId: plan.id }))
    catalog.jobs.claimNext()
    clock.now += 1
    const code = outcome === 'cancelled' ? 'job/cancelled' : 'disk/full'
    const failed: EndStatus = { state: 'error', startedAt: 1, endedAt: clock.now, error: { code, message: '' } }
    catalog.jobs.finish(
      id,
      outcome === 'good' || outcome === 'warnings' ? success(clock.now) : failed,
      outcome === 'warnings' ? 1 : 0,
    )
    return id
  })
  expect(catalog.jobs.results(0, plan.id).map(({ outcome }) => outcome)).toEqual([
    'success',
    'cancelled',
    'warnings',
    'error',
    'error',
  ])
  expect(catalog.jobs.results(clock.now)).toHaveLength(1)
  catalog.jobs.prune(1)
  expect(catalog.jobs.lastGoodRuns()).toEqual([
    { planId: plan.id, jobId: outcomes[2], endedAt: clock.now - 2, warnings: 1 },
  ])
  expect(catalog.jobs.list({ limit: 9 }).jobs.map(({ id }) => id)).toEqual([outcomes[4], outcomes[2]])
})

test('log lines are numbered, paged, filtered, keep broken names, and stop at the limit', () => {
  const { catalog } = testCatalog()
  const { id } = catalog.jobs.insert(testJob(testRepository()))
  const line = { at: 1, level: 'warn', message: 'unreadable', path: 'caf\udce9', outcome: 'failed' } as const
  expect(catalog.jobLog.append(id, [line, { at: 2, level: 'info', message: 'done' }])).toBe(2)
  expect(catalog.jobLog.append(id, [line])).toBe(3)
  expect(catalog.jobLog.page(id, { after: 0, limit: 2 }).map((each) => each.id)).toEqual([1, 2])
  expect(catalog.jobLog.page(id, { after: 1, limit: 9, levels: ['warn'] })).toEqual([{ ...line, id: 3 }])
  catalog.jobLog.append(
    id,
    Array.from({ length: 100_010 }, () => line),
  )
  expect(catalog.jobLog.page(id, { after: 99_998, limit: 9 }).map(({ message }) => message)).toEqual([
    'unreadable',
    'The log is full: further lines are counted but not kept.',
  ])
})

function endedJobs({ catalog, clock }: Pick<TestCatalog, 'catalog' | 'clock'>, count: number): JobId[] {
  return Array.from({ length: count }, () => {
    const { id } = catalog.jobs.insert(testJob(testRepository()))
    catalog.jobs.claimNext()
    clock.now += 1
    catalog.jobs.finish(id, success(clock.now))
    return id
  })
}

async function claimInAnotherProcess(folder: string) {
  const module = new URL('./open-catalog.ts', import.meta.url).href
  const script = `
    const { openCatalog } = await import(${JSON.stringify(module)})
    const catalog = openCatalog(${JSON.stringify(folder)}, { now: Date.now })
    console.log(catalog.jobs.claimNext().id)
    setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(child.stdout, 'data')
  return child
}
