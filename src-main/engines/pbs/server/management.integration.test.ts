import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import { finish, uploadBlob, uploadDynamic } from './testing/backup-steps.fixture.ts'
import { GROUP, snapshot, store, text } from './testing/management-steps.fixture.ts'
import { openServer } from './testing/open-server.fixture.ts'
import { dataOf, makeBlob, sha256 } from './testing/raw-client.fixture.ts'
import { ROOT_TOKEN, T0, testToken } from './testing/server.fixture.ts'
import { abc, backUp, hello } from './testing/whole-backup.fixture.ts'

test('row 59: datastores, their usage and their counts', async () => {
  const server = await openServer({ served: { comment: 'in the cellar' } })
  await backUp(server, { hasConfiguration: true })
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

  await backUp(server, { hasConfiguration: true, ns: 'a/b' })
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
  await backUp(server, { hasConfiguration: true })
  await backUp(server, { hasConfiguration: true, time: T0 + 60, chunks: [hello, abc] })
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
  await backUp(server, { hasConfiguration: true })
  expect(await server.data(store(`groups?${GROUP}`), { method: 'DELETE' })).toEqual({
    'removed-groups': 1,
    'removed-snapshots': 1,
    'protected-snapshots': 0,
  })
})

test('row 62: files, notes, notes of groups, protection and owner', async () => {
  const other = 'root@pam!other'
  const server = await openServer({ access: { tokens: [await testToken(other)] } })
  await backUp(server, { hasConfiguration: true })
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
  await backUp(server, { hasConfiguration: true, chunks: [hello, abc] })
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
  await backUp(server, { hasConfiguration: true })
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
