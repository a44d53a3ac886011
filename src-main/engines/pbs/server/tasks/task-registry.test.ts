import { expect, test } from 'vitest'
import { testClock } from '../testing/server.fixture.ts'
import { TaskRegistry } from './task-registry.ts'

const task = { type: 'verify', workerId: 'tank', authId: { user: 'root@pam' }, store: 'tank' }
const registry = (maxFinished?: number) => new TaskRegistry({ clock: testClock(), node: 'keep', maxFinished })

test('a task ends well, with warnings, or with its error, and only once', () => {
  const tasks = registry()
  const [well, warned, failed] = [tasks.start(task), tasks.start(task), tasks.start(task)]
  expect(well.end).toBeUndefined()
  well.finish()
  well.finish('too late')
  warned.warn('one')
  warned.warn('two')
  warned.finish()
  failed.finish('it broke')
  expect([well, warned, failed].map(({ end }) => end?.status)).toEqual(['OK', 'WARNINGS: 2', 'it broke'])
  const last = [well, warned, failed].map(({ log }) => log.page(log.total, 1)[0]?.t.split(': ').slice(1).join(': '))
  expect(last).toEqual(['TASK OK', 'TASK WARNINGS: 2', 'TASK ERROR: it broke'])
  expect(new Set([well, warned, failed].map(({ upid }) => upid)).size).toBe(3)
})

test('finished tasks are forgotten from the oldest, running ones are not', () => {
  const tasks = registry(2)
  const running = tasks.start(task)
  const finished = [1, 2, 3].map(() => tasks.start(task))
  for (const each of finished) each.finish()
  expect(tasks.list().map(({ upid }) => upid)).toEqual([finished[2]?.upid, finished[1]?.upid, running.upid])
})

test('stopping all waits for what runs by itself', async () => {
  const tasks = registry()
  const aborted = tasks.run(task, async ({ signal }) => {
    await new Promise((resolve) => signal.addEventListener('abort', resolve))
    await new Promise((resolve) => setTimeout(resolve, 20))
    signal.throwIfAborted()
  })
  await tasks.stopAll()
  expect(aborted.end?.status).toBe('task was aborted')
})

test('a log that grows too long leaves out lines before its last, and says how many', () => {
  const { log, finish } = registry().start(task)
  for (let line = 0; line < 20_050; line++) log.add(`line ${line}`)
  finish()
  expect(log.total).toBe(20_002)
  expect(log.page(20_001, 2).map(({ n, t }) => [n, t.slice(22)])).toEqual([
    [20_001, '50 lines were left out'],
    [20_002, 'TASK OK'],
  ])
  log.add('a\nb')
  expect(log.page(1, 0)).toHaveLength(log.total)
})
