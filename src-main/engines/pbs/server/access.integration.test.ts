import { X509Certificate } from 'node:crypto'
import http from 'node:http'
import net from 'node:net'
import tls from 'node:tls'
import { expect, test } from 'vitest'
import { createNamespace } from '../../../storage/datastore/group-dir.ts'
import { finish, uploadDynamic } from './testing/backup-steps.fixture.ts'
import { cookie, logIn } from './testing/login-steps.fixture.ts'
import { openServer } from './testing/open-server.fixture.ts'
import { call, connect, dataOf } from './testing/raw-client.fixture.ts'
import { ROOT_TOKEN, T0, target, testToken, testUser, tokenHeader } from './testing/server.fixture.ts'
import { backUp, hello } from './testing/whole-backup.fixture.ts'

test('§1.1: the server shows its certificate, whose fingerprint clients pin, and no ALPN', async () => {
  const server = await openServer()
  const socket = tls.connect({ port: server.port, rejectUnauthorized: false, ALPNProtocols: ['h2', 'http/1.1'] })
  await new Promise((resolve) => socket.once('secureConnect', resolve))
  expect(new X509Certificate(socket.getPeerCertificate().raw).fingerprint256.toLowerCase()).toBe(server.fingerprint)
  expect(server.fingerprint).toMatch(/^([0-9a-f]{2}:){31}[0-9a-f]{2}$/)
  expect(socket.alpnProtocol === 'h2').toBe(false)
  socket.destroy()
})

test('row 3: plain HTTP is redirected, 301 for reading and 308 for the rest', async () => {
  const { port } = await openServer()
  const ask = (method: string) =>
    new Promise<http.IncomingMessage>((resolve, reject) => {
      const request = http.request({ port, method, path: '/api2/json/version', agent: false }, (response) => {
        response.resume()
        resolve(response)
      })
      request.on('error', reject)
      request.end()
    })
  for (const [method, status] of [
    ['GET', 301],
    ['HEAD', 301],
    ['POST', 308],
    ['PUT', 308],
    ['DELETE', 308],
  ] as const) {
    const reply = await ask(method)
    expect([reply.statusCode, reply.headers.location]).toEqual([status, `https://localhost:${port}/api2/json/version`])
  }
})

test('row 8: doubled slashes are one, and hidden components are refused', async () => {
  const server = await openServer()
  const ask = async (path: string) => {
    const { status, text } = await call(server.port, path, { headers: tokenHeader(ROOT_TOKEN) })
    return `${status} ${text}`
  }
  expect(await ask('//api2///json//ping/')).toBe('200 {"data":{"pong":true}}')
  expect(await ask('/api2/json/../json/ping')).toBe('400 path contains illegal components')
  expect(await ask('/api2/json/%2e%2e/ping')).toBe('400 path contains illegal components')
  expect(await ask('/api2/json/nothing')).toBe("404 Path '/nothing' not found.")
  expect(await ask(`/api2/json/version?x=${'y'.repeat(3072)}`)).toMatch(/^414 /)
  expect((await server.backup()).session.closed).toBe(false) // upgrades with a doubled slash
})

test('row 9: parameters come as query, form and JSON; unknown ones are refused', async () => {
  const server = await openServer()
  const create = (query: string, contentType: string | undefined, body: string) =>
    server.call(`admin/datastore/tank/namespace${query}`, {
      method: 'POST',
      headers: { ...tokenHeader(ROOT_TOKEN), ...(contentType === undefined ? {} : { 'content-type': contentType }) },
      body,
    })
  const form = 'application/x-www-form-urlencoded'
  expect(dataOf(await create('?name=query&_dc=1717', undefined, ''))).toBe('query')
  expect(dataOf(await create('', form, 'name=form'))).toBe('form')
  expect(dataOf(await create('?parent=form', form, 'name=merged'))).toBe('form/merged')
  expect(dataOf(await create('?name=ignored&nonsense=1', 'application/json; charset=utf-8', '{"name":"json"}'))).toBe(
    'json',
  )
  const unknown = await create('?name=a&nonsense=1&more=2', undefined, '')
  expect([unknown.status, unknown.text]).toEqual([
    400,
    "parameter verification failed\nparameter 'nonsense': schema does not allow additional properties\n" +
      "parameter 'more': schema does not allow additional properties",
  ])
  expect((await create('', undefined, '')).text).toMatch(
    /parameter 'name': parameter is missing and it is not optional/,
  )
  expect((await create('?name=..%2Fx', undefined, '')).text).toMatch(/does not match the regex pattern/)
  expect((await create('?name=a', 'text/plain', '')).status).toBe(400)
  expect((await create('', 'application/json', '[1]')).status).toBe(400)
  expect((await create('', 'application/json', '{"name"')).status).toBe(400)
  expect((await create('', 'application/json', `{"name":"${'x'.repeat(600_000)}"}`)).status).toBe(413)
  for (const [word, value] of [
    ['YES', true],
    ['on', true],
    ['1', true],
    ['Off', false],
    ['0', false],
  ] as const) {
    const status = await server.data(`admin/datastore/tank/status?verbose=${word}`)
    expect('counts' in (status as object)).toBe(value)
  }
  expect((await server.call('admin/datastore/tank/status?verbose=maybe')).text).toMatch(/expected boolean value/)
})

test('row 12: an upgrade is refused for another protocol, an old time, a missing namespace', async () => {
  const server = await openServer()
  const headers = tokenHeader(ROOT_TOKEN)
  const upgrade = (protocol: string) => connect(server.port, 'backup', { headers, query: target, protocol })
  await expect(upgrade('proxmox-backup-reader-protocol-v1')).rejects.toMatchObject({
    status: 400,
    message: 'invalid protocol name',
  })
  await expect(upgrade('proxmox-backup-protocol-v1, h2c')).rejects.toThrow('invalid protocol name')
  const query = new URLSearchParams(
    Object.entries(target).map(([key, value]): [string, string] => [key, String(value)]),
  )
  const plain = await server.call(`backup?${query}`)
  expect([plain.status, plain.text]).toEqual([400, 'missing Upgrade header'])
  await expect(server.backup({ ns: 'nowhere' })).rejects.toMatchObject({ status: 404, message: 'namespace not found' })
  await expect(server.backup({ ns: '../x' })).rejects.toThrow(/parameter verification failed/)
  await expect(server.backup({ 'backup-id': '../x' })).rejects.toThrow(/parameter verification failed/)
  await expect(server.backup({ 'backup-time': 0 })).rejects.toThrow(/minimum value of 1/)
  await expect(server.backup({ 'backup-type': 'tape' })).rejects.toThrow(/not defined in the enumeration/)
  await expect(server.backup({ store: 'other' })).rejects.toMatchObject({ status: 404 })
  await expect(server.reader({ benchmark: true })).rejects.toThrow(/does not allow additional/)
  await expect(
    connect(server.port, 'backup', { headers: tokenHeader(ROOT_TOKEN, 'wrong'), query: target }),
  ).rejects.toMatchObject({ status: 401 })

  await backUp(server)
  const old = 'backup timestamp is older than last backup.'
  await expect(server.backup()).rejects.toMatchObject({ status: 400, message: old })
  await expect(server.backup({ 'backup-time': T0 - 1 })).rejects.toThrow(old)
})

test('row 13: a user may write to the groups of own tokens, a token to its own only', async () => {
  const [mine, other] = ['anna@pbs!one', 'anna@pbs!two']
  const server = await openServer({
    access: {
      users: [await testUser('anna@pbs')],
      tokens: [await testToken(mine), await testToken(other)],
      acl: ['anna@pbs', mine, other].map((authId) => ({
        path: '/datastore/tank',
        authId,
        role: 'DatastoreBackup' as const,
      })),
    },
  })
  const login = await logIn(server.port, 'anna@pbs')
  const asUser = { ...cookie(login), CSRFPreventionToken: login.CSRFPreventionToken }
  const user = (query: object) => connect(server.port, 'backup', { headers: asUser, query: { ...target, ...query } })

  await backUp(server, { id: 'token-group', as: mine })
  const later = { 'backup-id': 'token-group', 'backup-time': T0 + 1 }
  await (await server.backup(later, mine)).drop() // the same token
  await server.settled()
  await (await user(later)).drop() // the user of the token
  await server.settled()
  await expect(server.backup(later, other)).rejects.toMatchObject({
    status: 400,
    message: `backup owner check failed (${other} != ${mine})`,
  })
  const byUser = await user({ 'backup-id': 'user-group' })
  await finish(byUser, [await uploadDynamic(byUser, 'root.pxar.didx', [hello])], { id: 'user-group' })
  await server.settled()
  await expect(server.backup({ 'backup-id': 'user-group', 'backup-time': T0 + 1 }, mine)).rejects.toThrow(
    `backup owner check failed (${mine} != anna@pbs)`,
  )
  await expect(server.reader({ 'backup-id': 'user-group' }, mine)).rejects.toThrow(/owner check failed/)
  await (await server.reader({ 'backup-id': 'token-group' }, mine)).drop()
})

test('row 63: what each role may do, a token for each', async () => {
  const roles = ['Audit', 'Reader', 'Backup', 'PowerUser', 'Admin'] as const
  const id = (role: string) => `root@pam!${role}`
  const server = await openServer({
    access: {
      tokens: await Promise.all([...roles, 'Nobody', 'Namespace'].map((role) => testToken(id(role)))),
      acl: [
        ...roles.map((role) => ({ path: '/datastore/tank', authId: id(role), role: `Datastore${role}` as const })),
        { path: '/datastore/tank/team', authId: id('Namespace'), role: 'DatastoreBackup' },
      ],
    },
  })
  await createNamespace(server.store, 'team')
  await backUp(server)
  const group = 'backup-type=host&backup-id=elsa'
  const calls = {
    list: ['GET', 'snapshots'],
    status: ['GET', 'status'],
    files: ['GET', `files?${group}&backup-time=${T0}`],
    download: ['GET', `download?${group}&backup-time=${T0}&file-name=index.json.blob`],
    notes: ['PUT', `notes?${group}&backup-time=${T0}&notes=x`],
    prune: ['POST', `prune?${group}&dry-run=1`],
    verify: ['POST', `verify?${group}`],
    gc: ['POST', 'gc'],
    namespace: ['POST', 'namespace?name=new'],
    owner: ['POST', `change-owner?${group}&new-owner=root@pam`],
  } as const
  const allowed = async (role: string) => {
    const results: string[] = []
    for (const [name, [method, path]] of Object.entries(calls)) {
      const { status } = await server.call(`admin/datastore/tank/${path}`, { method, as: id(role) })
      expect([200, 400, 401, 403]).toContain(status)
      if (status === 200) results.push(name)
    }
    return results
  }
  expect(await allowed('Nobody')).toEqual([])
  expect(await allowed('Namespace')).toEqual([])
  expect(await allowed('Audit')).toEqual(['list', 'status', 'files'])
  expect(await allowed('Reader')).toEqual(['list', 'status', 'files', 'download', 'verify'])
  expect(await allowed('Backup')).toEqual(['list', 'status']) // none of the groups is theirs
  expect(await allowed('PowerUser')).toEqual(['list', 'status'])
  expect(await server.data('admin/datastore/tank/snapshots', { as: id('Backup') })).toEqual([])
  expect(await allowed('Admin')).toEqual(Object.keys(calls))

  for (const role of ['Audit', 'Reader', 'Nobody', 'Namespace']) {
    await expect(server.backup({ 'backup-id': role }, id(role))).rejects.toMatchObject({ status: 403 })
  }
  expect(server.clock.delays).toContain(500)
  await (await server.reader({}, id('Reader'))).drop()
  await (await server.backup({ ns: 'team' }, id('Namespace'))).drop()
  expect(await server.data('admin/datastore', { as: id('Nobody') })).toEqual([])
  expect(await server.data('admin/datastore', { as: id('Namespace') })).toHaveLength(1)
})

test('whoever connects and says nothing, or nonsense, does not stop others', async () => {
  const server = await openServer()
  const sockets = [net.connect(server.port), net.connect(server.port)]
  for (const socket of sockets) socket.on('error', () => undefined)
  sockets[1]?.write(Buffer.from('160301ffff000000', 'hex')) // the head of a TLS record, and no more
  expect((await server.call('ping')).status).toBe(200)
  for (const socket of sockets) socket.destroy()
})
