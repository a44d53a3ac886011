import { randomBytes } from 'node:crypto'
import { readdir, readFile, utimes, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import { finish, uploadBlob, uploadDynamic } from './testing/backup-steps.fixture.ts'
import { GROUP, runTask, snapshot, store, text } from './testing/management-steps.fixture.ts'
import { openServer } from './testing/open-server.fixture.ts'
import { type Chunk, dataOf, makeBlob } from './testing/raw-client.fixture.ts'
import { ROOT_TOKEN, T0, testClock } from './testing/server.fixture.ts'
import { abc, backUp, hello } from './testing/whole-backup.fixture.ts'

test('row 68: prune shows what it would do, does it, and does it as a task', async () => {
  const server = await openServer()
  const day = 86_400
  const times = [0, 1, 2, 3, 4].map((number) => T0 + number * day)
  for (const time of times) await backUp(server, { hasConfiguration: true, time })
  const prune = async (query: string) =>
    (await server.data(store(`prune?${GROUP}${query}`), { method: 'POST' })) as {
      keep: boolean
      'backup-time': number
    }[]
  const kept = (list: Awaited<ReturnType<typeof prune>>) => list.map(({ keep }) => keep)
  expect(kept(await prune('&dry-run=true'))).toEqual([true, true, true, true, true])
  const preview = await prune('&keep-last=2&keep-daily=1&dry-run=true')
  expect(kept(preview)).toEqual([false, false, true, true, true])
  expect(preview[0]).toEqual({
    'backup-type': 'host',
    'backup-id': 'elsa',
    'backup-time': T0,
    keep: false,
    protected: false,
  })
  expect(await server.data(store('snapshots'))).toHaveLength(5)
  await server.data(store(`protected?${snapshot(times[1])}&protected=1`), { method: 'PUT' })
  expect(kept(await prune('&keep-last=2'))).toEqual([false, true, false, true, true])
  expect(await server.data(store('snapshots'))).toHaveLength(3)
  const { upid, exitstatus } = await runTask(server, store(`prune?${GROUP}&keep-last=1&use-task=1`))
  expect([upid.split(':')[6], exitstatus]).toEqual(['prune', 'OK'])
  expect(await server.data(store('snapshots'))).toHaveLength(2)
  expect(await runTask(server, store('prune-datastore?keep-last=1'))).toMatchObject({ exitstatus: 'OK' })
  expect(await text(server, store(`prune?${GROUP}&keep-last=0`), 'POST')).toMatch(/minimum value of 1/)
})

test('row 69: garbage goes after a day and five minutes, and not while an old backup runs', async () => {
  const clock = testClock()
  clock.time = Date.now()
  const server = await openServer({ clock })
  const time = Math.floor(clock.time / 1000)
  await backUp(server, { hasConfiguration: true, time, chunks: [hello, abc] })
  await backUp(server, { hasConfiguration: true, time: time + 1, chunks: [hello] })
  await server.data(store(`snapshots?${snapshot(time)}`), { method: 'DELETE' })
  const age = async (chunk: Chunk, seconds: number) => {
    const at = clock.time / 1000 - seconds
    await utimes(path.join(server.store.path, '.chunks', chunk.digest.slice(0, 4), chunk.digest), at, at)
  }
  const collect = async () => {
    expect(await runTask(server, store('gc'))).toMatchObject({ exitstatus: 'OK' })
    return await server.data(store('gc'))
  }
  const [inside, outside] = [86_700 - 60, 86_700 + 60]
  await age(abc, inside)
  expect(await collect()).toMatchObject({
    'removed-chunks': 0,
    'pending-chunks': 1,
    'disk-chunks': 1,
    'index-file-count': 1,
  })
  await age(abc, outside)
  clock.time -= 2 * 86_400_000
  const running = await server.backup({ 'backup-id': 'slow', 'backup-time': time })
  clock.time += 2 * 86_400_000
  const upid = String(await server.data(store('gc'), { method: 'POST' }))
  const task = `nodes/localhost/tasks/${encodeURIComponent(upid)}/status`
  await expect.poll(() => server.data(task)).toMatchObject({ exitstatus: 'OK' })
  expect(await server.data(store('gc'))).toMatchObject({ upid, 'removed-chunks': 0, 'disk-chunks': 2 })
  await running.drop()
  await server.settled()
  await age(hello, outside) // it is marked before anything is swept
  expect(await collect()).toMatchObject({
    'removed-chunks': 1,
    'removed-bytes': 15,
    'pending-chunks': 0,
    'disk-chunks': 1,
  })
})

test('row 70, row 71: verify finds a flipped byte, and the next backup uploads the chunk again', async () => {
  const server = await openServer()
  await backUp(server, { hasConfiguration: true, chunks: [hello, abc] })
  expect(await runTask(server, store(`verify?${snapshot()}`))).toMatchObject({ exitstatus: 'OK' })
  expect(await server.data(store('snapshots'))).toMatchObject([{ verification: { state: 'ok' } }])
  const file = path.join(server.store.path, '.chunks', abc.digest.slice(0, 4), abc.digest)
  const damaged = Buffer.from(abc.blob)
  damaged[13] = (damaged[13] ?? 0) ^ 1
  await writeFile(file, damaged)
  // It was verified well: only who insists looks again.
  expect(await runTask(server, store('verify'))).toMatchObject({ exitstatus: 'OK' })
  const { upid, exitstatus } = await runTask(server, store('verify?ignore-verified=false'))
  expect(exitstatus).toMatch(/^verification failed/)
  expect(await server.data(store('snapshots'))).toMatchObject([{ verification: { state: 'failed', upid } }])
  expect(await readdir(path.dirname(file))).toContain(`${abc.digest}.0.bad`)

  // Nothing may build on it, and what is damaged is uploaded again.
  const connection = await server.backup({ 'backup-time': T0 + 1 })
  expect(dataOf(await connection.get('/previous_backup_time'))).toBeNull()
  await finish(connection, [await uploadDynamic(connection, 'root.pxar.didx', [hello, abc])], { time: T0 + 1 })
  await server.settled()
  expect(await readFile(file)).toEqual(abc.blob)
  expect(await runTask(server, store(`verify?${GROUP}&ignore-verified=0`))).toMatchObject({ exitstatus: 'OK' })
})

test('row 70: a datastore may verify each new snapshot', async () => {
  const server = await openServer({ served: { verifyNew: true } })
  await backUp(server, { hasConfiguration: true })
  expect(await server.data(store('snapshots'))).toMatchObject([{ verification: { state: 'ok' } }])
})

test('row 72: task ids, lists, states, logs in exact pages, and abort', async () => {
  const server = await openServer()
  const connection = await server.backup()
  const files = []
  for (let number = 0; number < 300; number++) {
    files.push(await uploadBlob(connection, `${number}.blob`, makeBlob(randomBytes(8))))
  }
  for (let number = 0; number < 300; number++) await uploadBlob(connection, `${number}.blob`, makeBlob(randomBytes(8)))
  const running = (await server.call('nodes/localhost/tasks?running=1')).text
  const [item] = (JSON.parse(running) as { data: { upid: string; worker_id: string; endtime?: number }[] }).data
  const upid = item?.upid ?? ''
  expect(upid).toMatch(
    /^UPID:keep:[0-9A-F]{8}:[0-9A-F]{8}:[0-9A-F]{8}:665EF860:backup:tank\\x3ahost-elsa:root@pam!test:$/,
  )
  expect(item).toMatchObject({ worker_type: 'backup', worker_id: 'tank:host/elsa', user: ROOT_TOKEN, starttime: T0 })
  const task = `nodes/keep/tasks/${encodeURIComponent(upid)}`
  const page = async (query: string) =>
    JSON.parse((await server.call(`${task}/log?${query}`)).text) as {
      data: { n: number; t: string }[]
      total: number
      active?: boolean
      success: number
    }
  const first = await page('start=1&limit=500&test-status=true')
  expect([first.data.length, first.active, first.success]).toEqual([500, true, 1])
  expect(first.data.map(({ n }) => n)).toEqual(Array.from({ length: 500 }, (_, number) => number + 1))
  expect(first.data[0]?.t).toMatch(/^2024-06-04T11:20:00Z: starting new backup/)
  await finish(connection, files)
  await server.settled()
  const second = await page('start=501&limit=500&test-status=1')
  expect(second.active).toBe(false)
  expect(second.data[0]?.n).toBe(501)
  expect(second.data.at(-1)?.t).toMatch(/: TASK OK$/)
  expect(second.data.at(-1)?.n).toBe(second.total)
  expect((await page('start=0')).data).toEqual((await page('start=1&limit=50')).data)
  expect((await page('limit=0')).data.length).toBe(second.total)
  expect((await server.call(`${task}/log?download=1`)).text.split('\n')).toHaveLength(second.total + 1)
  expect(await server.data(`${task}/status`)).toMatchObject({
    upid,
    type: 'backup',
    id: 'tank:host/elsa',
    user: 'root@pam',
    tokenid: 'test',
    status: 'stopped',
    exitstatus: 'OK',
  })
  expect(await text(server, 'nodes/elsewhere/tasks')).toMatch(/^404 /)

  const aborted = await server.backup({ 'backup-time': T0 + 1 })
  const [other] = (await server.data('nodes/localhost/tasks?running=1')) as { upid: string }[]
  const ended = new Promise((resolve) => aborted.session.once('close', resolve))
  await server.data(`nodes/localhost/tasks/${encodeURIComponent(other?.upid ?? '')}`, { method: 'DELETE' })
  await ended
  await server.settled()
  expect(await server.data(store('snapshots'))).toHaveLength(1)
  const errors = JSON.parse(
    (await server.call('nodes/localhost/tasks?errors=1&typefilter=backup&store=tank')).text,
  ) as object
  expect(errors).toMatchObject({ total: 1, data: [{ upid: other?.upid, status: 'task was aborted' }] })
})
