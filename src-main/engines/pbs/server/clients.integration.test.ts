import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { finish, uploadDynamic } from './testing/backup-steps.fixture.ts'
import { openServer } from './testing/open-server.fixture.ts'
import { call, connect, dataOf, makeBlob, makeChunk } from './testing/raw-client.fixture.ts'
import {
  PASSWORD,
  ROOT_TOKEN,
  SECRET,
  T0,
  type TestServer,
  target,
  testToken,
  testUser,
} from './testing/server.fixture.ts'

/**
 * Every command of `proxmox-backup-client` and everything Proxmox VE's storage plugin does, as the requests that these
 * programs send: method, path with its doubled slash or without, where parameters travel, headers (spec pbs §1.4, §9).
 */

type Values = Readonly<Record<string, string | number | boolean>>

const USER_AGENT = { 'user-agent': 'proxmox-backup-client/1.0' }
const FORM = { 'content-type': 'application/x-www-form-urlencoded' }
const hello = makeChunk(Buffer.from('hello world'))
const S = '/api2/json/admin/datastore/tank'
const group = { 'backup-type': 'host', 'backup-id': 'elsa' }
const snapshot = { ...group, 'backup-time': T0 }

const toQuery = (values: Values) =>
  new URLSearchParams(Object.entries(values).map(([key, value]): [string, string] => [key, String(value)])).toString()

/** A client of the command line: POST carries JSON, everything else a query with the content type of a form. */
async function logInAsClient(server: TestServer) {
  const reply = await call(server.port, '//api2/json/access/ticket', {
    method: 'POST',
    headers: { ...USER_AGENT, 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'root@pam', password: PASSWORD }),
  })
  const { ticket, CSRFPreventionToken, username } = dataOf(reply) as Record<string, string>
  expect(username).toBe('root@pam')
  const headers = { ...USER_AGENT, cookie: `PBSAuthCookie=${ticket}`, csrfpreventiontoken: CSRFPreventionToken ?? '' }
  const send = async (method: string, path: string, values?: Values) => {
    const isJson = method === 'POST' && values !== undefined
    return await call(server.port, values === undefined || isJson ? path : `${path}?${toQuery(values)}`, {
      method,
      headers: { ...headers, 'content-type': isJson ? 'application/json' : FORM['content-type'] },
      ...(isJson ? { body: JSON.stringify(values) } : {}),
    })
  }
  return {
    headers,
    raw: send,
    async ask(method: string, path: string, values?: Values): Promise<unknown> {
      const reply = await send(method, path, values)
      expect(reply.headers['content-type']).toBe('application/json;charset=UTF-8')
      return dataOf(reply)
    },
  }
}

async function backUp(server: TestServer, headers: Readonly<Record<string, string>>, time = T0): Promise<void> {
  const query = { ...target, 'backup-time': time, benchmark: false, debug: true }
  const connection = await connect(server.port, 'backup', { headers, query })
  await finish(connection, [await uploadDynamic(connection, 'root.pxar.didx', [hello])], { time })
  await server.settled()
}

test('row 81: the client lists, shows and changes what it has backed up', async () => {
  const server = await openServer()
  const { ask, headers } = await logInAsClient(server)
  await backUp(server, headers)
  await backUp(server, headers, T0 + 60)

  expect(await ask('GET', '/api2/json/version')).toEqual({ version: '4.2', release: '3', repoid: expect.any(String) })
  expect(await ask('GET', `${S}/groups`)).toEqual([
    {
      'backup-type': 'host',
      'backup-id': 'elsa',
      'last-backup': T0 + 60,
      'backup-count': 2,
      files: ['index.json.blob', 'root.pxar.didx'],
      owner: 'root@pam',
    },
  ])
  const listed = {
    ...snapshot,
    owner: 'root@pam',
    protected: false,
    size: expect.any(Number),
    files: expect.any(Array),
  }
  expect(await ask('GET', `${S}/snapshots`, group)).toContainEqual(listed)
  expect(await ask('GET', `${S}/snapshots`, {})).toHaveLength(2)
  expect(await ask('GET', `${S}/files`, snapshot)).toEqual([
    { filename: 'root.pxar.didx', 'crypt-mode': 'none', size: 11 },
    { filename: 'index.json.blob', 'crypt-mode': 'none', size: expect.any(Number) },
  ])
  expect(await ask('PUT', `${S}/notes`, { ...snapshot, notes: 'of Tuesday' })).toBeNull()
  expect(await ask('GET', `${S}/notes`, snapshot)).toBe('of Tuesday')
  expect(await ask('PUT', `${S}/protected`, { ...snapshot, protected: true })).toBeNull()
  expect(await ask('GET', `${S}/protected`, snapshot)).toBe(true)
  expect(await ask('PUT', `${S}/protected`, { ...snapshot, protected: false })).toBeNull()
  expect(await ask('POST', `${S}/change-owner`, { ...group, 'new-owner': ROOT_TOKEN })).toBeNull()
  expect(await ask('GET', `${S}/status`)).toMatchObject({
    total: expect.any(Number),
    used: expect.any(Number),
    avail: expect.any(Number),
  })
  expect(await ask('GET', '/api2/json/access/users', { include_tokens: true })).toEqual([
    {
      userid: 'root@pam',
      enable: true,
      tokens: [{ tokenid: ROOT_TOKEN, 'token-name': 'test', enable: true }],
    },
  ])
})

test('row 81: the client prunes, forgets, and uploads a log', async () => {
  const server = await openServer()
  const { ask, raw, headers } = await logInAsClient(server)
  for (const time of [T0, T0 + 60, T0 + 120]) await backUp(server, headers, time)
  const log = await call(server.port, `${S}/upload-backup-log?${toQuery(snapshot)}`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/octet-stream' },
    body: makeBlob(randomBytes(100)),
  })
  expect(dataOf(log)).toBeNull()
  const preview = await ask('POST', `${S}/prune`, { ...group, 'keep-last': 2, 'dry-run': true })
  expect(preview).toEqual(
    [false, true, true].map((keep, number) => ({ ...group, 'backup-time': T0 + number * 60, keep, protected: false })),
  )
  expect(await ask('POST', `${S}/prune`, { ...group, 'keep-last': 2, 'dry-run': false })).toHaveLength(3)
  expect(await ask('GET', `${S}/snapshots`, {})).toHaveLength(2)
  expect(await ask('DELETE', `${S}/snapshots`, { ...group, 'backup-time': T0 + 60 })).toBeNull()
  expect((await raw('DELETE', `${S}/snapshots`, { ...group, 'backup-time': T0 + 60 })).status).toBe(404)
  // `group forget` of 4.x.
  expect(await ask('DELETE', `${S}/groups`, group)).toMatchObject({ 'removed-groups': 1, 'removed-snapshots': 1 })
  expect(await ask('GET', `${S}/groups`)).toEqual([])
})

test('row 81: the client creates, lists and deletes namespaces', async () => {
  const server = await openServer()
  const { ask } = await logInAsClient(server)
  expect(await ask('POST', `${S}/namespace`, { parent: '', name: 'team' })).toBe('team')
  expect(await ask('POST', `${S}/namespace`, { parent: 'team', name: 'a' })).toBe('team/a')
  const names = async (values: Values) =>
    ((await ask('GET', `${S}/namespace`, values)) as { ns: string }[]).map(({ ns }) => ns).sort()
  expect(await names({})).toEqual(['', 'team', 'team/a'])
  expect(await names({ 'max-depth': 1 })).toEqual(['', 'team'])
  expect(await names({ parent: 'team' })).toEqual(['team', 'team/a'])
  expect(await ask('DELETE', `${S}/namespace`, { ns: 'team', 'delete-groups': true })).not.toBeUndefined()
  expect(await names({})).toEqual([''])
})

test('row 81: the client collects garbage and follows the task to its end', async () => {
  const server = await openServer()
  const { ask, raw } = await logInAsClient(server)
  const upid = String(await ask('POST', `${S}/gc`))
  const task = `/api2/json/nodes/localhost/tasks/${encodeURIComponent(upid)}`
  const lines: string[] = []
  for (let isActive = true; isActive; ) {
    const page = await raw('GET', `${task}/log`, { start: lines.length + 1, limit: 500, 'test-status': true })
    const reply = JSON.parse(page.text) as { active: boolean; total: number; data: { n: number; t: string }[] }
    for (const { n, t } of reply.data) {
      expect(n).toBe(lines.length + 1)
      lines.push(t)
    }
    isActive = reply.active
  }
  expect(lines.at(-1)).toMatch(/: TASK OK$/)
  expect(await ask('GET', `${task}/status`)).toMatchObject({ upid, status: 'stopped', exitstatus: 'OK' })
  const filter = { running: false, start: 0, limit: 50, userfilter: 'root@pam', store: 'tank' }
  expect(await ask('GET', '/api2/json/nodes/localhost/tasks', filter)).toMatchObject([
    { upid, worker_type: 'garbage_collection', status: 'OK', starttime: T0, endtime: T0 },
  ])
  expect(await ask('DELETE', task)).toBeNull() // one that has ended is left alone
})

test('row 81: the client restores, browses and mounts: manifest, index, chunks', async () => {
  const server = await openServer()
  const { headers } = await logInAsClient(server)
  await backUp(server, headers)
  const reader = await connect(server.port, 'reader', { headers, query: { ...target, debug: true } })
  for (const name of ['index.json.blob', 'root.pxar.didx']) {
    const reply = await reader.get(`/download?file-name=${name}`)
    expect([reply.status, reply.headers['content-type']]).toEqual([200, 'application/octet-stream'])
  }
  expect((await reader.get(`/chunk?digest=${hello.digest}`)).bytes).toEqual(hello.blob)
  await reader.drop()
})

test('row 81: Proxmox VE lists, protects and finds datastores with a token and with a password', async () => {
  const server = await openServer()
  const { headers } = await logInAsClient(server)
  await backUp(server, headers)
  const logIn = await call(server.port, '/api2/json/access/ticket', {
    method: 'POST',
    headers: FORM,
    body: toQuery({ username: 'root@pam', password: PASSWORD }),
  })
  const login = dataOf(logIn) as Record<string, string>
  // The secret is not escaped there, and what follows the scheme is an equals sign.
  const byToken = { authorization: `PBSAPIToken=${ROOT_TOKEN}:${SECRET}` }
  const byTicket = {
    cookie: `PBSAuthCookie=${encodeURIComponent(login.ticket ?? '')}`,
    csrfpreventiontoken: login.CSRFPreventionToken ?? '',
  }
  for (const credentials of [byToken, byTicket]) {
    const asVe = { ...credentials, 'accept-encoding': 'gzip' }
    const get = async (path: string) => dataOf(await call(server.port, path, { headers: asVe }))
    expect(await get('/api2/json/admin/datastore')).toMatchObject([{ store: 'tank' }])
    expect(await get(`${S}/snapshots?backup-id=elsa`)).toMatchObject([{ ...snapshot, owner: 'root@pam' }])
    expect(await get(`${S}/snapshots`)).toHaveLength(1)
    for (const value of [1, 0]) {
      const body = toQuery({ ...snapshot, protected: value })
      const put = await call(server.port, `${S}/protected`, { method: 'PUT', headers: { ...asVe, ...FORM }, body })
      expect(put.headers['content-type']).toContain('application/json')
      expect(dataOf(put)).toBeNull()
      expect(await get(`${S}/protected?${toQuery(snapshot)}`)).toBe(value === 1)
    }
  }
})

test('row 81: another Proxmox Backup Server pulls with what a reader may do', async () => {
  const puller = 'sync@pbs!pull'
  const server = await openServer({
    access: {
      users: [await testUser('sync@pbs')],
      tokens: [await testToken(puller)],
      acl: ['sync@pbs', puller].map((authId) => ({
        path: '/datastore/tank',
        authId,
        role: 'DatastoreReader' as const,
      })),
    },
  })
  const { headers } = await logInAsClient(server)
  await backUp(server, headers)
  for (const path of ['version', 'admin/datastore', 'admin/datastore/tank/namespace', 'admin/datastore/tank/groups'])
    expect((await server.call(path, { as: puller })).status).toBe(200)
  expect(await server.data(`admin/datastore/tank/snapshots?${toQuery(group)}`, { as: puller })).toHaveLength(1)
  expect(await server.data('access/permissions', { as: puller })).toEqual({
    '/datastore/tank': { 'Datastore.Audit': true, 'Datastore.Read': true, 'Datastore.Verify': true },
  })
  const reader = await server.reader({}, puller)
  expect((await reader.get('/download?file-name=index.json.blob')).status).toBe(200)
  await reader.drop()
  await expect(server.backup({ 'backup-id': 'other' }, puller)).rejects.toMatchObject({ status: 403 })
})
