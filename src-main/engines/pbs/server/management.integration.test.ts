import { randomBytes } from 'node:crypto'
import { readdir, readFile, utimes, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import { finish, uploadBlob, uploadDynamic } from './testing/backup-steps.fixture.ts'
import { openServer } from './testing/open-server.fixture.ts'
import { type Chunk, dataOf, makeBlob, makeChunk, sha256 } from './testing/raw-client.fixture.ts'
import { ROOT_TOKEN, T0, type TestServer, testClock, testToken } from './testing/server.fixture.ts'

const hello = makeChunk(Buffer.from('hello world'))
const abc = makeChunk(Buffer.from('abc'))
const GROUP = 'backup-type=host&backup-id=elsa'
const snapshot = (time = T0) => `${GROUP}&backup-time=${time}`
const store = (where: string) => `admin/datastore/tank/${where}`

async function backUp(
  server: TestServer,
  { time = T0, chunks = [hello], ...query }: { time?: number; chunks?: readonly Chunk[]; ns?: string } = {},
): Promise<void> {
  const connection = await server.backup({ 'backup-time': time, ...query })
  const files = [await uploadDynamic(connection, 'root.pxar.didx', chunks)]
  files.push(await uploadBlob(connection, 'etc.conf.blob', makeBlob(Buffer.from('answer = 42'), { compressed: true })))
  await finish(connection, files, { time })
  await server.settled()
}

async function text(server: TestServer, where: string, method = 'GET'): Promise<string> {
  const reply = await server.call(where, { method })
  return `${reply.status} ${reply.text}`
}

/** Starts a task, waits for its end, returns its status. */
async function runTask(server: TestServer, where: string): Promise<{ upid: string; exitstatus: string }> {
  const upid = String(await server.data(where, { method: 'POST' }))
  await server.settled()
  const task = `nodes/localhost/tasks/${encodeURIComponent(upid)}`
  const { exitstatus } = (await server.data(`${task}/status`)) as { exitstatus: string }
  return { upid, exitstatus }
}

test('row 59: datastores, their usage and their counts', async () => {
  const server = await openServer({ served: { comment: 'in the cellar' } })
  await backUp(server)
  expect(await server.data('admin/datastore')).toEqual([
    { store: 'tank', comment: 'in the cellar', 'mount-status': 'nonremovable', 'backend-type': 'filesystem' },
  ])
  const [usage] = (await server.data('status/datastore-usage')) as { store: string; total: number }[]
  expect(usage?.store).toBe('tank')
  expect(usage?.total).toBeGreaterThan(0)
  expect(await server.data(store('status'))).not.toHaveProperty('counts')
  const none = { groups: 0, snapshots: 0 }
  expect(await server.data(store('status?verbose=true'))).toMatchObject({
    counts: { host: { groups: 1, snapshots: 1 }, vm: none, ct: none, other: none },
  })
  expect((await server.call('admin/datastore/none/status')).status).toBe(404)
})

test('row 60: namespaces to a depth of seven, and ns on every call', async () => {
  const server = await openServer()
  let parent = ''
  for (const name of ['a', 'b', 'c', 'd', 'e', 'f', 'g']) {
    const created = await server.data(store(`namespace?name=${name}${parent === '' ? '' : `&parent=${parent}`}`), {
      method: 'POST',
    })
    parent = parent === '' ? name : `${parent}/${name}`
    expect(created).toBe(parent)
  }
  expect((await server.call(store(`namespace?name=h&parent=${parent}`), { method: 'POST' })).status).toBe(400)
  expect((await server.call(store('namespace?name=a'), { method: 'POST' })).status).toBe(400)
  expect((await server.call(store('namespace?name=a&parent=z'), { method: 'POST' })).status).toBe(404)
  const listed = async (query: string) =>
    ((await server.data(store(`namespace?${query}`))) as { ns: string }[]).map(({ ns }) => ns)
  expect(await listed('')).toEqual(['', 'a', 'a/b', 'a/b/c', 'a/b/c/d', 'a/b/c/d/e', 'a/b/c/d/e/f', parent])
  expect(await listed('parent=a/b&max-depth=1')).toEqual(['a/b', 'a/b/c'])
  expect(await listed('max-depth=0')).toEqual([''])

  await backUp(server, { ns: 'a/b' })
  expect(await readdir(path.join(server.store.path, 'ns/a/ns/b/host/elsa'))).toContain('2024-06-04T11:20:00Z')
  expect(await server.data(store('snapshots'))).toEqual([])
  expect(await server.data(store('snapshots?ns=a/b'))).toHaveLength(1)
  expect(await server.data(store('groups?ns=a/b'))).toHaveLength(1)
  expect(await server.data(store(`files?ns=a/b&${snapshot()}`))).toHaveLength(3)
  expect(await text(server, store(`files?${snapshot()}`))).toMatch(/^404 /)
  await (await server.reader({ ns: 'a/b' })).drop()

  expect((await server.call(store('namespace?ns=a'), { method: 'DELETE' })).status).toBe(400)
  await server.data(store(`protected?ns=a/b&${snapshot()}&protected=1`), { method: 'PUT' })
  expect((await server.call(store('namespace?ns=a&delete-groups=1'), { method: 'DELETE' })).status).toBe(400)
  expect(await server.data(store('snapshots?ns=a/b'))).toHaveLength(1)
  await server.data(store(`protected?ns=a/b&${snapshot()}&protected=0`), { method: 'PUT' })
  expect(await server.data(store('namespace?ns=a&delete-groups=1'), { method: 'DELETE' })).toEqual({
    'removed-groups': 1,
    'removed-snapshots': 1,
    'protected-snapshots': 0,
  })
  expect(await listed('')).toEqual([''])
})

test('row 61: groups and snapshots are listed and removed, protected ones are not', async () => {
  const server = await openServer()
  await backUp(server)
  await backUp(server, { time: T0 + 60, chunks: [hello, abc] })
  expect(await server.data(store('groups'))).toEqual([
    {
      'backup-type': 'host',
      'backup-id': 'elsa',
      'last-backup': T0 + 60,
      'backup-count': 2,
      files: ['etc.conf.blob', 'index.json.blob', 'root.pxar.didx'],
      owner: ROOT_TOKEN,
    },
  ])
  const [item] = (await server.data(store('snapshots?backup-type=host&backup-id=elsa'))) as {
    size: number
    files: { size: number }[]
  }[]
  expect(item).toMatchObject({
    'backup-type': 'host',
    'backup-id': 'elsa',
    'backup-time': T0,
    owner: ROOT_TOKEN,
    protected: false,
    files: [
      { filename: 'root.pxar.didx', 'crypt-mode': 'none', size: 11 },
      { filename: 'etc.conf.blob', 'crypt-mode': 'none' },
      { filename: 'index.json.blob', 'crypt-mode': 'none' },
    ],
  })
  expect(item).not.toHaveProperty('comment')
  expect(item?.size).toBe(item?.files.reduce((sum, { size }) => sum + size, 0))
  expect(await server.data(store('snapshots?backup-type=vm'))).toEqual([])

  const running = await server.backup({ 'backup-time': T0 + 120 })
  const unfinished = ((await server.data(store('snapshots'))) as object[])[2]
  expect(unfinished).toEqual({
    'backup-type': 'host',
    'backup-id': 'elsa',
    'backup-time': T0 + 120,
    files: [],
    owner: ROOT_TOKEN,
    protected: false,
  })
  await running.drop()
  await server.settled()

  await server.data(store(`protected?${snapshot()}&protected=true`), { method: 'PUT' })
  expect(await text(server, store(`snapshots?${snapshot()}`), 'DELETE')).toMatch(/^400 .*protected/)
  expect(await text(server, store(`groups?${GROUP}`), 'DELETE')).toMatch(/^400 .*protected/)
  expect(await server.data(store('snapshots'))).toHaveLength(1)
  await server.data(store(`protected?${snapshot()}&protected=false`), { method: 'PUT' })
  expect(await text(server, store(`snapshots?${snapshot()}`), 'DELETE')).toBe('200 {"data":null}')
  expect(await text(server, store(`snapshots?${snapshot()}`), 'DELETE')).toMatch(/^404 /)
  expect(await server.data(store('groups'))).toEqual([])
  await backUp(server)
  expect(await server.data(store(`groups?${GROUP}`), { method: 'DELETE' })).toEqual({
    'removed-groups': 1,
    'removed-snapshots': 1,
    'protected-snapshots': 0,
  })
})

test('row 62: files, notes, notes of groups, protection and owner', async () => {
  const other = 'root@pam!other'
  const server = await openServer({ access: { tokens: [await testToken(other)] } })
  await backUp(server)
  expect(
    ((await server.data(store(`files?${snapshot()}`))) as { filename: string }[]).map(({ filename }) => filename),
  ).toEqual(['root.pxar.didx', 'etc.conf.blob', 'index.json.blob'])
  expect(await server.data(store(`notes?${snapshot()}`))).toBe('')
  const notes = 'first line\nsecond: ä'
  await server.data(store(`notes?${snapshot()}&notes=${encodeURIComponent(notes)}`), { method: 'PUT' })
  expect(await server.data(store(`notes?${snapshot()}`))).toBe(notes)
  expect(await server.data(store('snapshots'))).toMatchObject([{ comment: 'first line' }])
  await server.data(store(`group-notes?${GROUP}&notes=all%20of%20them`), { method: 'PUT' })
  expect(await server.data(store(`group-notes?${GROUP}`))).toBe('all of them')
  expect(await readFile(path.join(server.store.path, 'host/elsa/notes'), 'utf8')).toBe('all of them')
  expect(await server.data(store('groups'))).toMatchObject([{ comment: 'all of them' }])
  expect(await server.data(store(`protected?${snapshot()}`))).toBe(false)
  await server.data(store(`protected?${snapshot()}&protected=1`), { method: 'PUT' })
  expect(await server.data(store(`protected?${snapshot()}`))).toBe(true)
  await server.data(store(`change-owner?${GROUP}&new-owner=${encodeURIComponent(other)}`), { method: 'POST' })
  expect(await readFile(path.join(server.store.path, 'host/elsa/owner'), 'utf8')).toBe(`${other}\n`)
  expect(await text(server, store(`change-owner?${GROUP}&new-owner=no@pam`), 'POST')).toMatch(/^400 /)
  await expect(server.backup({ 'backup-time': T0 + 1 })).rejects.toThrow(/owner check failed/)
  expect(await text(server, store('group-notes?backup-type=host&backup-id=none'))).toMatch(/^404 /)
})

test('row 66: files are downloaded as stored and decoded, encrypted ones only as stored', async () => {
  const server = await openServer()
  await backUp(server, { chunks: [hello, abc] })
  const get = (where: string) => server.call(store(`${where}&${snapshot()}`))
  const stored = await readFile(path.join(server.store.path, 'host/elsa/2024-06-04T11:20:00Z/root.pxar.didx'))
  const index = await get('download?file-name=root.pxar.didx')
  expect([index.bytes, index.headers['content-type']]).toEqual([stored, 'application/octet-stream'])
  expect((await get('download-decoded?file-name=root.pxar.didx')).text).toBe('hello worldabc')
  expect((await get('download-decoded?file-name=etc.conf.blob')).text).toBe('answer = 42')
  expect((await get('download?file-name=none.blob')).status).toBe(404)
  expect((await get('download?file-name=owner')).status).toBe(400)

  const connection = await server.backup({ 'backup-time': T0 + 1 })
  const file = await uploadDynamic(connection, 'root.pxar.didx', [hello])
  const fingerprint = Array.from({ length: 32 }, () => 'ab').join(':')
  await finish(connection, [file], { time: T0 + 1, cryptMode: 'encrypt', fingerprint })
  await server.settled()
  const refused = await server.call(store(`download-decoded?file-name=root.pxar.didx&${snapshot(T0 + 1)}`))
  expect([refused.status, refused.text]).toEqual([400, "cannot decode 'root.pxar.didx' - is encrypted"])
  expect(await server.data(store('snapshots'))).toMatchObject([{}, { fingerprint }])
})

test('row 67: the log of a client comes once', async () => {
  const server = await openServer()
  await backUp(server)
  const upload = async (body: Uint8Array) => {
    const reply = await server.call(store(`upload-backup-log?${snapshot()}`), { method: 'POST', body })
    return `${reply.status} ${reply.text}`
  }
  const log = makeBlob(Buffer.from('done'))
  const damaged = Buffer.from(log).fill(0, 8, 12)
  expect(await upload(damaged)).toMatch(/^400 .*crc/)
  expect(await upload(Buffer.from('x'))).toMatch(/^400 /)
  expect(await upload(log)).toBe('200 {"data":null}')
  expect(await upload(log)).toBe('400 backup already contains a log.')
  const files = (await server.data(store(`files?${snapshot()}`))) as object[]
  expect(files.at(-1)).toEqual({ filename: 'client.log.blob' })
})

test('row 68: prune shows what it would do, does it, and does it as a task', async () => {
  const server = await openServer()
  const day = 86_400
  const times = [0, 1, 2, 3, 4].map((number) => T0 + number * day)
  for (const time of times) await backUp(server, { time })
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
  await backUp(server, { time, chunks: [hello, abc] })
  await backUp(server, { time: time + 1, chunks: [hello] })
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
  await expect.poll(() => server.data(task), { timeout: 30_000 }).toMatchObject({ exitstatus: 'OK' })
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
  await backUp(server, { chunks: [hello, abc] })
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
  await backUp(server)
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

test('a manifest signed by a client keeps its signature when notes are added', async () => {
  const server = await openServer()
  const connection = await server.backup()
  const file = await uploadDynamic(connection, 'root.pxar.didx', [hello])
  const signature = sha256(Buffer.from('signed'))
  const manifest = {
    'backup-type': 'host',
    'backup-id': 'elsa',
    'backup-time': T0,
    files: [{ ...file, 'crypt-mode': 'sign-only' }],
    signature,
    unprotected: {},
  }
  await uploadBlob(connection, 'index.json.blob', makeBlob(Buffer.from(JSON.stringify(manifest))))
  dataOf(await connection.post('/finish'))
  await connection.drop()
  await server.settled()
  await server.data(store(`notes?${snapshot()}&notes=x`), { method: 'PUT' })
  const blob = await server.call(store(`download-decoded?file-name=index.json.blob&${snapshot()}`))
  expect(JSON.parse(blob.text)).toMatchObject({ signature, unprotected: { notes: 'x' } })
  const [item] = (await server.data(store('snapshots'))) as { files: object[] }[]
  expect(item?.files).toContainEqual(
    expect.objectContaining({ filename: 'index.json.blob', 'crypt-mode': 'sign-only' }),
  )
})
