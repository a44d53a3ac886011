import { randomBytes } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import { openDynamic } from './testing/backup-steps.fixture.ts'
import { expectHealthy } from './testing/hostile.fixture.ts'
import { openServer } from './testing/open-server.fixture.ts'
import { type Chunk, type Connection, call, chunkPath, makeBlob, makeChunk } from './testing/raw-client.fixture.ts'
import { PASSWORD, target } from './testing/server.fixture.ts'

/** What issue and specification call bad input: each gets the status that PBS gives, and the datastore still verifies. */

const hello = makeChunk(Buffer.from('hello world'))

/** Names that lead out of where they belong, or into what is not theirs. */
const tricks = [
  '..',
  '../x',
  '..%2Fx',
  'a/../../x',
  '/etc/passwd',
  '.hidden',
  '.chunks',
  'a\0b',
  'a\\b',
  'C:x',
  ' a',
  'a b',
  'ä',
  '',
  'x'.repeat(300),
]

async function statusOf(reply: ReturnType<Connection['get']>): Promise<number> {
  return (await reply).status
}

test('archive names that play tricks are refused everywhere', async () => {
  const server = await openServer()
  const connection = await server.backup()
  for (const trick of tricks) {
    const name = encodeURIComponent(trick)
    const blob = makeBlob(Buffer.from('x'))
    for (const reply of [
      connection.post(`/blob?encoded-size=${blob.length}&file-name=${name}.blob`, blob),
      connection.post(`/dynamic_index?archive-name=${name}.didx`),
      connection.post(`/fixed_index?archive-name=${name}.fidx&size=1`),
      connection.get(`/previous?archive-name=${name}.didx`),
      connection.sendJson('POST', '/dynamic_index', { 'archive-name': `${trick}.didx` }),
    ]) {
      expect([trick, await statusOf(reply)]).toEqual([trick, 400])
    }
  }
  expect(await readdir(path.join(server.store.path, 'host/elsa/2024-06-04T11:20:00Z'))).toEqual([])
  await connection.drop()
  await server.settled()
  await expectHealthy(server)
})

test('namespaces, groups and stores that play tricks are refused everywhere', async () => {
  const server = await openServer()
  const before = (await readdir(server.store.path)).sort()
  for (const trick of tricks) {
    if (trick !== '') {
      await expect(server.backup({ ns: trick })).rejects.toMatchObject({ status: 400 })
      await expect(server.reader({ ns: trick })).rejects.toMatchObject({ status: 400 })
    }
    for (const key of ['backup-id', 'store', 'backup-type'])
      await expect(server.backup({ [key]: trick })).rejects.toMatchObject({ status: 400 })
    const name = encodeURIComponent(trick)
    for (const [method, where] of [
      ['POST', `namespace?name=${name}`],
      ['GET', `groups?ns=${name === '' ? '%2F' : name}`],
      ['DELETE', `namespace?ns=${name === '' ? 'a%2F%2Fb' : name}`],
      ['DELETE', `groups?backup-type=host&backup-id=${name}`],
      ['GET', `download?backup-type=host&backup-id=elsa&backup-time=1&file-name=${name}`],
    ] as const) {
      const { status } = await server.call(`admin/datastore/tank/${where}`, { method })
      expect([trick, where, status]).toEqual([trick, where, 400])
    }
  }
  expect((await readdir(server.store.path)).sort()).toEqual(before)
})

test('blobs and chunks cut anywhere, and with any byte changed, are refused or are what they claim', async () => {
  const server = await openServer()
  const connection = await server.backup()
  const wid = await openDynamic(connection, 'root.pxar.didx')
  const chunk = makeChunk(randomBytes(64), { compressed: true })
  const post = (sent: Chunk) => statusOf(connection.post(chunkPath('dynamic', wid, sent), sent.blob))
  const postBlob = (blob: Uint8Array) =>
    statusOf(connection.post(`/blob?encoded-size=${blob.length}&file-name=a.blob`, blob))
  for (let length = 13; length < chunk.blob.length; length++) {
    const cut = chunk.blob.subarray(0, length)
    expect([length, await post({ ...chunk, blob: cut }), await postBlob(cut)]).toEqual([length, 400, 400])
  }
  for (let at = 0; at < chunk.blob.length; at++) {
    const blob = Buffer.from(chunk.blob)
    blob[at] = (blob[at] ?? 0) ^ 0x40
    // A chunk's checksum is repaired (§2.2); everything else of it is covered by the digest.
    const isCrc = at >= 8 && at < 12
    expect([at, await post({ ...chunk, blob }), await postBlob(blob)]).toEqual([at, isCrc ? 200 : 400, 400])
  }
  expect(await post(chunk)).toBe(200)
  await connection.drop()
  await server.settled()
  await expectHealthy(server)
})

test('chunks of more than sixteen mebibytes are refused before they are received', async () => {
  const server = await openServer()
  const connection = await server.backup()
  const wid = await openDynamic(connection, 'root.pxar.didx')
  const post = async (query: string, body: Uint8Array) => {
    const { status, text } = await connection.post(`/dynamic_chunk?digest=${hello.digest}&wid=${wid}&${query}`, body)
    return `${status} ${text.split('\n').at(-1)}`
  }
  expect(await post('size=16777217&encoded-size=16777260', hello.blob)).toMatch(/^400 .*maximum value of 16777216/)
  expect(await post('size=16777216&encoded-size=16777261', hello.blob)).toMatch(/^400 .*maximum value of 16777260/)
  expect(await post('size=0&encoded-size=13', hello.blob)).toMatch(/^400 .*minimum value of 1/)
  expect(await post('size=1&encoded-size=12', hello.blob)).toMatch(/^400 .*minimum value of 13/)
  expect(await post('size=-1&encoded-size=99999999999999999999', hello.blob)).toMatch(/^400 /)
  expect(await post('size=11&encoded-size=1000', randomBytes(20 << 20))).toBe(
    '400 uploaded chunk is larger than announced.',
  )
  // A few kilobytes that unpack to more than a chunk may have.
  const bomb = makeBlob(Buffer.alloc(40 << 20), { compressed: true })
  expect(await post(`size=16777216&encoded-size=${bomb.length}`, bomb)).toMatch(/^400 /)
  expect((await connection.get('/')).status).toBe(200)
  await connection.drop()
  await server.settled()
  await expectHealthy(server)
})

test('lists that are long, wrong or of the wrong kind are refused, and the index stays as it was', async () => {
  const server = await openServer()
  const connection = await server.backup()
  const wid = await openDynamic(connection, 'root.pxar.didx')
  expect(await statusOf(connection.post(chunkPath('dynamic', wid, hello), hello.blob))).toBe(200)
  const put = (value: unknown) => statusOf(connection.sendJson('PUT', '/dynamic_index', value))
  const lists = (digests: unknown, offsets: unknown) => ({ wid, 'digest-list': digests, 'offset-list': offsets })
  for (const value of [
    {},
    [],
    null,
    'x',
    lists([hello.digest], [Number.MAX_SAFE_INTEGER]),
    lists([hello.digest], ['x']),
    lists([hello.digest.toUpperCase()], [0]),
    lists([[hello.digest]], [0]),
    lists(hello.digest, { 0: 0 }),
    { ...lists([hello.digest], [0]), wid: 0 },
    { ...lists([hello.digest], [0]), wid: 2 },
    { ...lists([hello.digest], [0]), wid: 257 },
    { ...lists([hello.digest], [0]), more: 1 },
  ]) {
    expect([value, await put(value)]).toEqual([value, 400])
  }
  expect(await put(lists(Array(8000).fill(hello.digest), Array(8000).fill(0)))).toBe(413)
  expect(await put(lists([hello.digest], [0]))).toBe(200)
  await connection.drop()
})

test('methods and paths that do not exist get 404, on the API and inside of both protocols', async () => {
  const server = await openServer()
  const connection = await server.backup()
  for (const [method, where] of [
    ['DELETE', '/blob'],
    ['PATCH', '/blob'],
    ['GET', '/finish'],
    ['GET', '/chunk'],
    ['POST', '/api2/json/blob'],
    ['OPTIONS', '*'],
  ] as const) {
    expect([method, where, await statusOf(connection.request(method, where))]).toEqual([method, where, 404])
  }
  expect(await statusOf(connection.get('/../blob'))).toBe(400)
  await connection.drop()
  for (const method of ['HEAD', 'PATCH', 'OPTIONS', 'TRACE'])
    expect([method, (await server.call('version', { method })).status]).toEqual([method, 404])
})

test('heads that are too large, broken or contradict themselves end the connection', async () => {
  const server = await openServer()
  // The reply may be lost with the connection; that it is none of success is what counts.
  const outcome = (headers: Readonly<Record<string, string>>, body?: string) =>
    call(server.port, '/api2/json/access/ticket', {
      method: 'POST',
      headers,
      ...(body === undefined ? {} : { body }),
    }).then(
      ({ status }) => status,
      () => 'cut',
    )
  expect(['cut', 431]).toContain(await outcome({ 'x-filler': 'a'.repeat(20_000) }))
  expect(['cut', 400]).toContain(await outcome({ 'content-length': '5', 'transfer-encoding': 'chunked' }, 'hello'))
  await expectHealthy(server)
})

test('one address that tries many names is locked out of logging in, but not those who are in', async () => {
  const server = await openServer()
  expect((await server.call('version')).status).toBe(200) // proves its token
  const logIn = (username: string, password: string) =>
    call(server.port, '/api2/json/access/ticket', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username, password }),
    })
  for (let guess = 0; guess < 25; guess++) {
    const names = Array.from({ length: 4 }, (_, number) => `user-${guess}-${number}@pbs`)
    const replies = await Promise.all(names.map((name) => logIn(name, 'guess')))
    expect(replies.map(({ status }) => status)).toEqual([401, 401, 401, 401])
  }
  expect((await logIn('root@pam', PASSWORD)).status).toBe(401)
  expect((await server.call('version')).status).toBe(200)
  await (await server.backup({ ...target })).drop()
  server.clock.time += 600_000
  expect((await logIn('root@pam', PASSWORD)).status).toBe(200)
})
