import { readdir } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import { verifyDatastore } from '../../../storage/datastore/verify.ts'
import { finish, uploadBlob, uploadDynamic } from './testing/backup-steps.fixture.ts'
import { GROUP, runTask, snapshot, store, text } from './testing/management-steps.fixture.ts'
import { openServer } from './testing/open-server.fixture.ts'
import { makeBlob, makeChunk } from './testing/raw-client.fixture.ts'
import { T0, type TestServer, testToken, testUser } from './testing/server.fixture.ts'

async function backUp(server: TestServer, query: { ns?: string; time?: number; as?: string } = {}) {
  const { ns, time = T0, as } = query
  const session = await server.backup({ 'backup-time': time, ...(ns === undefined ? {} : { ns }) }, as)
  const archive = await uploadDynamic(session, 'root.pxar.didx', [makeChunk(Buffer.from(`content ${time}`))])
  const blob = await uploadBlob(session, 'note.conf.blob', makeBlob(Buffer.from('x')))
  await finish(session, [archive, blob], { time })
}

async function makeNamespace(server: TestServer, namespace: string) {
  const parts = namespace.split('/')
  const parent = parts.slice(0, -1).join('/')
  await server.data(store(`namespace?name=${parts.at(-1)}${parent === '' ? '' : `&parent=${parent}`}`), {
    method: 'POST',
  })
}

const snapshotsOf = async (server: TestServer, namespace = '') =>
  ((await server.data(store(`snapshots${namespace === '' ? '' : `?ns=${namespace}`}`))) as { 'backup-time': number }[])
    .map((item) => item['backup-time'])
    .sort()

async function log(server: TestServer, upid: string): Promise<string> {
  return (await server.call(`nodes/localhost/tasks/${encodeURIComponent(upid)}/log?download=1`)).text
}

test('a group moves to another namespace with its notes, owner and protection, and still verifies', async () => {
  const server = await openServer()
  await makeNamespace(server, 'archive')
  for (const time of [T0, T0 + 1]) await backUp(server, { time })
  await server.data(store(`group-notes?${GROUP}&notes=mine`), { method: 'PUT' })
  await server.data(store(`protected?${snapshot()}&protected=1`), { method: 'PUT' })
  const { upid, exitstatus } = await runTask(server, store(`move-group?${GROUP}&target-ns=archive`))
  expect(exitstatus).toBe('OK')
  expect(upid).toContain(':move-group:')
  expect(await log(server, upid)).toMatch(/moved host\/elsa\/.*\n.*moved host\/elsa\//)
  expect(await snapshotsOf(server)).toEqual([])
  expect(await snapshotsOf(server, 'archive')).toEqual([T0, T0 + 1])
  expect(await server.data(store(`group-notes?${GROUP}&ns=archive`))).toBe('mine')
  expect(await server.data(store(`protected?${snapshot()}&ns=archive`))).toBe(true)
  expect(await readdir(path.join(server.store.path, 'host'))).toEqual([])
  expect((await runTask(server, store('verify?ignore-verified=0'))).exitstatus).toBe('OK')

  // And back to the root, where another one of its name has begun meanwhile: they are one again.
  await backUp(server, { time: T0 + 2 })
  expect(await text(server, store(`move-group?${GROUP}&ns=archive&target-ns=archive`), 'POST')).toContain('400')
  expect((await runTask(server, store(`move-group?${GROUP}&ns=archive&merge-group=0`))).exitstatus).toContain(
    'not empty',
  )
  expect((await runTask(server, store(`move-group?${GROUP}&ns=archive`))).exitstatus).toBe('OK')
  expect(await snapshotsOf(server)).toEqual([T0, T0 + 1, T0 + 2])
})

test('what is in use, or of a second that is taken, stays and is told', async () => {
  const server = await openServer()
  await makeNamespace(server, 'archive')
  for (const time of [T0, T0 + 1, T0 + 2]) await backUp(server, { time })
  await backUp(server, { time: T0 + 1, ns: 'archive' })
  const reader = await server.reader({ 'backup-time': T0 })
  const { upid, exitstatus } = await (async () => {
    const started = String(await server.data(store(`move-group?${GROUP}&target-ns=archive`), { method: 'POST' }))
    const state = `nodes/localhost/tasks/${encodeURIComponent(started)}/status`
    for (;;) {
      const now = (await server.data(state)) as { status: string; exitstatus?: string }
      if (now.status === 'stopped') return { upid: started, exitstatus: now.exitstatus }
      await new Promise((resume) => setTimeout(resume, 10))
    }
  })()
  await reader.drop()
  expect(exitstatus).toBe('WARNINGS: 2')
  expect(await log(server, upid)).toMatch(/stays: It is in use[\s\S]*stays: There is a/)
  expect(await snapshotsOf(server)).toEqual([T0, T0 + 1])
  expect(await snapshotsOf(server, 'archive')).toEqual([T0 + 1, T0 + 2])
  const opened = { openerFor: () => undefined, taskId: 'x', concurrency: 1, snapshots: undefined }
  const report = await verifyDatastore(server.store, opened, new AbortController().signal)
  expect(report.snapshots.map(({ state }) => state)).toEqual(['ok', 'ok', 'ok', 'ok'])
})

test('a namespace moves with all below it, and its emptied folders go', async () => {
  const server = await openServer()
  for (const namespace of ['a', 'a/b', 'a/b/c', 'new', 'deep']) await makeNamespace(server, namespace)
  await backUp(server, { ns: 'a' })
  await backUp(server, { ns: 'a/b/c', time: T0 + 1 })
  const move = (ns: string, target: string, more = '') => store(`move-namespace?ns=${ns}&target-ns=${target}${more}`)
  expect(await text(server, move('a', 'a/b'), 'POST')).toContain("cannot move namespace 'a' into itself")
  expect(await text(server, move('a', 'x/y/z/1/2/3'), 'POST')).toContain('too long or too deep')
  expect(await text(server, move('none', 'new'), 'POST')).toBe('404 namespace not found')
  expect(await snapshotsOf(server, 'a')).toEqual([T0])
  expect((await runTask(server, move('a', 'new/a'))).exitstatus).toBe('OK')
  expect(await server.data(store('namespace'))).toEqual(
    ['', 'deep', 'new', 'new/a', 'new/a/b', 'new/a/b/c'].map((ns) => ({ ns })),
  )
  expect(await snapshotsOf(server, 'new/a')).toEqual([T0])
  expect(await snapshotsOf(server, 'new/a/b/c')).toEqual([T0 + 1])
  // Only so deep, and the source stays.
  expect((await runTask(server, move('new/a', 'deep', '&max-depth=0&delete-source=0'))).exitstatus).toBe('OK')
  expect(await snapshotsOf(server, 'deep')).toEqual([T0])
  expect(await snapshotsOf(server, 'new/a/b/c')).toEqual([T0 + 1])
})

test('who may only back up moves nothing of others, and garbage waits until everything has moved', async () => {
  const owner = 'anna@pbs!own'
  const server = await openServer({
    access: {
      users: [await testUser('anna@pbs')],
      tokens: [await testToken(owner), await testToken('anna@pbs!power')],
      acl: [
        { path: '/datastore/tank', authId: 'anna@pbs', role: 'DatastorePowerUser' },
        { path: '/datastore/tank', authId: owner, role: 'DatastoreBackup' },
        { path: '/datastore/tank', authId: 'anna@pbs!power', role: 'DatastorePowerUser' },
      ],
    },
  })
  await makeNamespace(server, 'archive')
  await backUp(server, { as: owner })
  const asked = (as: string) => server.call(store(`move-group?${GROUP}&target-ns=archive`), { method: 'POST', as })
  // Without the right to remove it, nor that of another token's group, nor that to make namespaces.
  expect((await asked(owner)).status).toBe(403)
  expect((await asked('anna@pbs!power')).text).toContain('backup owner check failed')
  const renamed = await server.call(store('move-namespace?ns=archive&target-ns=x'), { method: 'POST', as: owner })
  expect(renamed.status).toBe(403)

  const lock = await server.store.locks.lockGarbageCollection()
  const { exitstatus } = await runTask(server, store(`move-group?${GROUP}&target-ns=archive`))
  await lock.release()
  expect(exitstatus).toContain('Garbage collection is running.')
  expect(await snapshotsOf(server)).toEqual([T0])
})
