import { expect, onTestFinished, test } from 'vitest'
import { openServer } from '../../engines/pbs/server/testing/open-server.fixture.ts'
import { ROOT_TOKEN, SECRET } from '../../engines/pbs/server/testing/server.fixture.ts'
import { openPbsRepository } from './pbs-repository.ts'

const { signal } = new AbortController()

test('row 72: tasks of the server are listed, and their logs followed while they run', async () => {
  const server = await openServer()
  const repository = await openPbsRepository(`${ROOT_TOKEN}@127.0.0.1:${server.port}:tank`, {
    keys: [],
    threads: 0,
    now: () => server.clock.now(),
    credentials: { secret: SECRET, fingerprint: server.fingerprint },
  })
  onTestFinished(() => repository.close())
  expect(repository.capabilities).toContain('tasks')
  const { tasks, collectGarbage } = repository.maintenance
  if (tasks === undefined) throw new Error('it has no tasks')
  expect(await tasks.list(signal)).toEqual([])

  // A backup that goes on: its log grows, and has no end yet.
  const session = await server.backup()
  const [running] = await tasks.list(signal)
  if (running === undefined) throw new Error('nothing runs')
  expect(running).toMatchObject({ kind: 'backup', about: 'tank:host/elsa', user: ROOT_TOKEN, endedAt: undefined })
  const lines: string[] = []
  let hasBegun = () => {}
  const begun = new Promise<void>((resolve) => {
    hasBegun = resolve
  })
  const following = (async () => {
    for await (const page of tasks.log(running.id, signal)) {
      lines.push(...page)
      hasBegun()
    }
  })()
  await begun
  expect(lines.join('\n')).toContain('starting new backup')
  await tasks.stop(running.id)
  await session.drop().catch(() => undefined)
  await following
  expect(lines.at(-1)).toMatch(/TASK ERROR/)

  await collectGarbage?.({ progress() {} }, signal)
  expect(await tasks.list(signal)).toMatchObject([
    { kind: 'garbage_collection', status: 'OK', endedAt: expect.any(Number) },
    { id: running.id, status: expect.not.stringMatching(/^OK$/) },
  ])
})
