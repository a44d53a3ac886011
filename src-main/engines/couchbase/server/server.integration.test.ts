import { rename, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { administrator, makeCouchFiles, openTestBucket, vbucketContent } from '../testing/cluster.fixture.ts'
import { type ExampleName, example } from '../testing/example-packets.fixture.ts'
import { RawClient } from '../testing/raw-client.fixture.ts'
import { temporaryFolder } from '../testing/temporary-folder.fixture.ts'
import { type CouchbaseServer, type CouchbaseServerOptions, createCouchbaseServer } from './create-couchbase-server.ts'
import type { ServedBucket } from './served-bucket.ts'
import { createCouchbaseUser } from './user.ts'

/** The server against bytes that our client had no part in. */
const folder = temporaryFolder()
const SIZE = 16_489
const uuidOf = (json: unknown) => (json as { uuid: string }).uuid // a manifest
const crowd = [
  administrator,
  await createCouchbaseUser({
    name: 'reader',
    password: 'x',
    privileges: ['Stats'],
    buckets: ['other'],
    iterations: 4096,
  }),
]
let bucket: ServedBucket
let servers: CouchbaseServer[]
let clients: RawClient[]

beforeEach(async () => {
  servers = []
  clients = []
  await makeCouchFiles(path.join(folder(), 'data'), [0, 1, 511], SIZE)
  bucket = await openTestBucket(path.join(folder(), 'data'), 1024)
})

afterEach(async () => {
  for (const client of clients) client.close()
  for (const server of servers) await server.close()
  await bucket.close()
})

async function serve(options: Partial<CouchbaseServerOptions> = {}): Promise<RawClient> {
  const server = createCouchbaseServer({ buckets: [bucket], users: crowd, isPlainAllowed: true, ...options })
  servers.push(server)
  const client = await RawClient.connect((await server.listen({ host: '127.0.0.1', port: 0 })).port)
  clients.push(client)
  return client
}

const enter = async (options: Partial<CouchbaseServerOptions> = {}) => (await serve(options)).enter()
const fragment = (uuid: string, value: object) => ({ opcode: 0xe3, key: uuid, value: JSON.stringify(value) })

test('1: the example requests get the example answers', async () => {
  const client = await serve({ dialect: 's9' })
  const exchange = async (request: ExampleName) => {
    client.sendBytes(example(request))
    return (await client.receive())?.bytes
  }
  expect(await exchange('helloRequest')).toEqual(example('helloResponse'))
  expect(await exchange('plainRequest')).toEqual(example('plainSuccess'))
  expect(await exchange('selectBucketRequest')).toMatchObject({ length: 24 })
  expect(await exchange('prepareS8Request')).toEqual(example('prepareEinval'))
  expect(await exchange('releaseByVbucketRequest')).toEqual(example('releaseNothing'))
  expect(await exchange('prepareS9Request')).toMatchObject({ 6: 0, 7: 0 })
  client.sendBytes(example('statRequest'))
  expect((await client.receive())?.bytes).toEqual(example('statItem'))
  expect((await client.receive())?.bytes).toEqual(example('statEnd'))
  expect(await exchange('releaseByVbucketRequest')).toEqual(example('releaseSuccess'))
})

test('3: contradicting lengths, wrong magics and requests from the wrong side end the connection', async () => {
  const bad = [
    Buffer.concat([example('prepareS9Request').fill(0xff, 2, 4)]),
    Buffer.concat([Buffer.from([0x79]), example('statRequest').subarray(1)]),
    example('releaseSuccess'),
    example('releaseFlexSuccess'),
  ]
  for (const bytes of bad) {
    const client = await serve()
    client.sendBytes(bytes)
    expect(await client.isClosed()).toBe(true)
  }
})

test('4: strangers may send 16 KiB, users 30 MiB, and not a byte more', async () => {
  const header = (length: number) => {
    const bytes = Buffer.alloc(24)
    bytes.set([0x80, 0x0a])
    bytes.writeUInt32BE(length, 8)
    return bytes
  }
  const stranger = await serve()
  await stranger.ask({ opcode: 0x1f, value: Buffer.from([0, 7]) })
  stranger.sendBytes(Buffer.concat([header(16_384 - 24), Buffer.alloc(16_384 - 24)]))
  expect((await stranger.receive())?.status).toBe(0x24)
  stranger.sendBytes(header(16_384 - 23))
  expect(await stranger.isClosed()).toBe(true)
  const user = await enter()
  user.sendBytes(header(30 * 2 ** 20 - 23))
  expect(await user.isClosed()).toBe(true)
})

test('5: HELLO enables what it knows, forgets what was before, and refuses an odd length', async () => {
  const client = await serve()
  const hello = (...bytes: number[]) => client.ask({ opcode: 0x1f, key: 'x', value: Buffer.from(bytes) })
  expect((await hello(0, 7, 0x77, 0x77, 0, 0x0b)).value.toString('hex')).toBe('0007000b')
  expect((await hello(0)).status).toBe(0x04)
  expect((await hello()).value).toHaveLength(0)
  // Without JSON a refusal still is JSON text, but does not say so; without XERROR there is none.
  const login = await client.ask({ opcode: 0x21, key: 'PLAIN', value: '\0backup\0wrong' })
  expect(login).toMatchObject({ status: 0x20, datatype: 0, json: { error: { context: 'Authentication failed' } } })
})

test('6: PLAIN logs in over loopback only when it is allowed; a wrong password and a wrong name look the same', async () => {
  const client = await serve()
  const list = async () => (await client.ask({ opcode: 0x20 })).value.toString()
  expect(await list()).toBe('SCRAM-SHA512 SCRAM-SHA256 SCRAM-SHA1 PLAIN')
  const plain = async (value: string) => client.ask({ opcode: 0x21, key: 'PLAIN', value })
  const wrong = await plain('\0backup\0wrong')
  const nobody = await plain('\0nobody\0wrong')
  expect([wrong.status, nobody.status]).toEqual([0x20, 0x20])
  expect(wrong.value).toEqual(nobody.value)
  expect((await plain('nonsense')).status).toBe(0x04)
  expect((await plain('\0backup\0s3cret\0')).status).toBe(0)
  const strict = await serve({ isPlainAllowed: false })
  expect((await strict.ask({ opcode: 0x20 })).value.toString()).not.toContain('PLAIN')
  expect((await strict.ask({ opcode: 0x21, key: 'PLAIN', value: '\0backup\0s3cret' })).status).toBe(0x20)
})

test('7: SCRAM of somebody who does not exist looks like that of somebody who does', async () => {
  const client = await serve()
  const first = (user: string) =>
    client.ask({ opcode: 0x21, key: 'SCRAM-SHA256', value: `n,,n=${user},r=3f2a9c1d0b7e4856` })
  const [known, nobody, again] = [await first('backup'), await first('nobody'), await first('nobody')]
  for (const answer of [known, nobody]) {
    expect(answer.status).toBe(0x21)
    expect(answer.value.toString()).toMatch(/^r=3f2a9c1d0b7e4856[0-9a-f]{16},s=[A-Za-z0-9+/]{43}=,i=4096$/)
  }
  const salt = (text: Buffer) => /s=([^,]*)/.exec(text.toString())?.[1]
  expect(salt(nobody.value)).toBe(salt(again.value))
  expect((await client.ask({ opcode: 0x22, key: 'SCRAM-SHA1', value: 'c=biws,r=x,p=AAAA' })).status).toBe(0x04)
})

test('8: before a login everything else is refused, and unknown commands are unknown', async () => {
  const client = await serve()
  await client.ask({ opcode: 0x1f, value: Buffer.from([0, 7]) })
  for (const opcode of [0x0a, 0x10, 0x89, 0xb5, 0xe0, 0xe1, 0xe2, 0xe3]) {
    expect((await client.ask({ opcode })).status, opcode.toString(16)).toBe(0x24)
  }
  expect((await client.ask({ opcode: 0xfe })).status).toBe(0x83)
  expect((await client.ask({ opcode: 0x5a })).status).toBe(0x81)
})

test('9: SELECT_BUCKET says whether there is one and whether it may be had', async () => {
  const client = await enter()
  const select = async (key: string) => (await client.ask({ opcode: 0x89, key })).status
  expect(await select('nothing')).toBe(0x01)
  expect(await select('@no bucket@')).toBe(0)
  expect((await client.ask({ opcode: 0xe1 })).status).toBe(0x08)
  await client.ask({ opcode: 0x21, key: 'PLAIN', value: '\0reader\0x' })
  expect(await select('default')).toBe(0x24)
})

test('10: the config comes once, and not again to whoever has it', async () => {
  const client = await enter()
  const config = await client.ask({ opcode: 0xb5 })
  expect(config.json).toMatchObject({ name: 'default', numVBuckets: 1024, rev: 1 })
  const known = (rev: bigint) => {
    const extras = Buffer.alloc(16)
    extras.writeBigInt64BE(1n, 0)
    extras.writeBigInt64BE(rev, 8)
    return client.ask({ opcode: 0xb5, extras })
  }
  expect((await known(0n)).json).toEqual(config.json)
  expect((await known(1n)).value).toHaveLength(0)
})

test('12, 13: each dialect takes its own form; both are taken unless it is strict', async () => {
  const s9 = { opcode: 0xe0, datatype: 1, value: '{"storage":{"backend":"couchstore","max_version":14}}' }
  const s8 = { opcode: 0xe0 }
  const statuses = async (dialect: 's8' | 's9' | 'both') => {
    const client = await enter({ dialect })
    const answers = [await client.ask(s8), await client.ask({ ...s9, vbucket: 1 })]
    await client.ask({ opcode: 0xe1 })
    await client.ask({ opcode: 0xe1, vbucket: 1 })
    return answers
  }
  const [old, refused] = await statuses('s8')
  expect([old?.status, refused?.status]).toEqual([0, 0x04])
  expect(old?.json).toMatchObject({
    files: [{ id: 1, path: '0.couch.1', size: '16489', sha512: expect.stringMatching(/^[0-9a-f]{128}$/) }],
  })
  const [tooOld, current] = await statuses('s9')
  expect([tooOld?.status, current?.status]).toEqual([0x04, 0])
  expect(current?.json).toMatchObject({ storage: { backend: 'couchstore', version: 14 } })
  expect(JSON.stringify(current?.json)).not.toContain('sha512')
  expect((await statuses('both')).map(({ status }) => status)).toEqual([0, 0])
  const client = await enter()
  const ask = (storage: unknown, datatype = 1) => client.ask({ ...s9, datatype, value: JSON.stringify({ storage }) })
  expect((await ask({ backend: 'couchstore' }, 0)).status).toBe(0x04)
  expect((await ask([])).status).toBe(0x04)
  const magma = await ask({ backend: 'magma' })
  expect(magma.status).toBe(0x83)
  expect(JSON.parse((magma.json as { error: { context: string } }).error.context)).toMatchObject({
    reason: 'backend mismatch',
  })
  expect((await ask({ backend: 'couchstore', max_version: 13 })).status).toBe(0x83)
  expect((await ask({ backend: '' })).status).toBe(0)
})

test('15: two who prepare at once get one snapshot, also a third one later', async () => {
  const [one, two] = [await enter(), await enter()]
  const answers = await Promise.all([one.ask({ opcode: 0xe0 }), two.ask({ opcode: 0xe0 })])
  const uuids = new Set([...answers, await one.ask({ opcode: 0xe0 })].map(({ json }) => uuidOf(json)))
  expect(uuids.size).toBe(1)
  expect(bucket.snapshots()).toHaveLength(1)
})

test('17, 18, 19: fragments from string offsets, cut at the limit, never past the end', async () => {
  const client = await enter({ maxFragmentBytes: 1024 })
  const { json } = await client.ask({ opcode: 0xe0 })
  const uuid = uuidOf(json)
  const content = vbucketContent(0, SIZE)
  const parts: Buffer[] = []
  for (let at = 0; at < SIZE; at += parts.at(-1)?.length ?? SIZE) {
    const { value } = await client.ask(fragment(uuid, { id: 1, offset: `${at}`, length: `${SIZE - at}` }))
    expect(value.length).toBeLessThanOrEqual(1024)
    parts.push(value)
  }
  expect(Buffer.concat(parts).equals(content)).toBe(true)
  const bad: readonly [object, number][] = [
    [{ id: 1, offset: `${SIZE}`, length: '1' }, 0x04],
    [{ id: 1, offset: `${SIZE - 10}`, length: '11' }, 0x04],
    [{ id: 1, offset: '9223372036854775807', length: '1' }, 0x04],
    [{ id: 1, offset: '-1', length: '1' }, 0x04],
    [{ id: 1, offset: '12x', length: '1' }, 0x04],
    [{ id: 1, offset: 0, length: '1' }, 0x04],
    [{ id: '1', offset: '0', length: '1' }, 0x04],
    [{ id: 9, offset: '0', length: '1' }, 0x01],
  ]
  for (const [value, status] of bad) {
    const answer = await client.ask(fragment(uuid, value))
    expect(answer.status, JSON.stringify(value)).toBe(status)
  }
  expect((await client.ask(fragment('../../x', { id: 1, offset: '0', length: '1' }))).status).toBe(0x01)
  expect((await client.ask({ opcode: 0xe3, key: uuid, value: '{' })).status).toBe(0x04)
  expect((await client.ask({ opcode: 0xe3, value: '{}' })).status).toBe(0x04)
})

test('20: sums follow every piece, as in the example', async () => {
  await writeFile(path.join(folder(), 'data', '7.couch.1'), 'hello world\n')
  await bucket.close()
  bucket = await openTestBucket(path.join(folder(), 'data'), 1024)
  const client = await enter()
  const { json } = await client.ask({ opcode: 0xe0, vbucket: 7 })
  const ask = (checksum_length: string) =>
    client.ask(fragment(uuidOf(json), { checksum_length, id: 1, length: '12', offset: '0' }))
  expect((await ask('8')).value).toEqual(example('fragmentCheckedResponse').subarray(24))
  expect((await ask('0')).value.toString()).toBe('hello world\n')
  expect((await ask('13')).status).toBe(0x04)
})

test('21: a file that is shorter than its manifest ends the connection in the middle of the body', async () => {
  const client = await enter()
  const { json } = await client.ask({ opcode: 0xe0 })
  await truncate(path.join(folder(), 'data', '0.couch.1'), 5000)
  client.send(fragment(uuidOf(json), { id: 1, offset: '0', length: `${SIZE}` }))
  expect(await client.isClosed()).toBe(true)
})

test('25: a snapshot is released by vbucket or by uuid; then it is gone, also for who was reading it', async () => {
  const client = await enter()
  const first = uuidOf((await client.ask({ opcode: 0xe0 })).json)
  expect((await client.ask({ opcode: 0xe1, key: first, vbucket: 99 })).status).toBe(0)
  expect((await client.ask({ opcode: 0xe1, key: first })).status).toBe(0x01)
  expect((await client.ask(fragment(first, { id: 1, offset: '0', length: '1' }))).status).toBe(0x01)
  const second = uuidOf((await client.ask({ opcode: 0xe0 })).json)
  expect(second).not.toBe(first)
  expect((await client.ask({ opcode: 0xe1, vbucket: 0 })).status).toBe(0)
  await expect(stat(path.join(folder(), 'data', 'snapshots', second))).rejects.toThrow('ENOENT')
})

test('26: DownloadSnapshot wants JSON that says so', async () => {
  const client = await enter()
  expect((await client.ask({ opcode: 0xe2, value: '{}' })).status).toBe(0x04)
  expect((await client.ask({ opcode: 0xe2, value: '[]', datatype: 1 })).status).toBe(0x04)
  expect((await client.ask({ opcode: 0xe2, datatype: 1 })).status).toBe(0x04)
})

test('27: the groups about snapshots; others do not exist', async () => {
  const client = await enter()
  const rows = async (key: string) => {
    client.send({ opcode: 0x10, key })
    const found: Record<string, string> = {}
    for (let answer = await client.receive(); answer?.key; answer = await client.receive()) {
      found[answer.key] = answer.value.toString()
    }
    return found
  }
  expect(await rows('snapshot-status 0')).toEqual({ 'vb_0:status': 'none' })
  const { json } = await client.ask({ opcode: 0xe0 })
  expect(await rows('snapshot-status 0')).toEqual({ 'vb_0:status': 'available' })
  expect(await rows('snapshot-details')).toMatchObject({ snapshots_size: '16489', 'vb_0:uuid': uuidOf(json) })
  expect(Object.keys(await rows('snapshot-status'))).toHaveLength(1024)
  expect((await client.ask({ opcode: 0x10, key: 'nothing' })).status).toBe(0x01)
  expect((await client.ask({ opcode: 0x10, key: 'snapshot-status -1' })).status).toBe(0x04)
})

test('28: a vbucket that is not here is answered with the map', async () => {
  const client = await enter()
  const answer = await client.ask({ opcode: 0xe0, vbucket: 2 })
  expect(answer).toMatchObject({ status: 0x07, json: { vBucketServerMap: { hashAlgorithm: 'CRC' } } })
})

test('31: keys are in the manifest and can be read; links are not followed', async () => {
  const data = path.join(folder(), 'data')
  await makeCouchFiles(path.join(data, 'deks'), [], 0)
  for (const revision of [1, 2]) await writeFile(path.join(data, 'deks', `k-1.key.${revision}`), `key ${revision}`)
  const client = await enter()
  const { json } = await client.ask({ opcode: 0xe0 })
  expect(json).toMatchObject({ deks: [{ id: 2, path: 'deks/k-1.key.2', size: '5' }] })
  const read = () => client.ask(fragment(uuidOf(json), { id: 2, offset: '0', length: '5' }))
  expect((await read()).value.toString()).toBe('key 2')
  const key = path.join(data, 'snapshots', uuidOf(json), 'deks')
  await rename(key, path.join(folder(), 'elsewhere'))
  await symlink(path.join(folder(), 'elsewhere'), key)
  expect((await read()).status).toBe(0x84)
  await rm(key)
  expect((await read()).status).toBe(0x84)
})

test('33: without XERROR a refusal for lack of rights is the end of the connection', async () => {
  const client = await serve()
  client.send({ opcode: 0xe0 })
  expect(await client.isClosed()).toBe(true)
})

test('who is connected, and what happens, can be seen; strangers do not stay', async () => {
  const client = await serve()
  const [server] = servers
  const events: string[] = []
  server?.onEvent(({ type }) => type !== 'connected' && events.push(type))
  await client.enter()
  await client.ask({ opcode: 0xe0 })
  await client.ask({ opcode: 0xe1 })
  expect(server?.connections()).toMatchObject([{ agent: 'raw', user: 'backup', bucket: 'default', activity: '' }])
  expect(events).toEqual(['login', 'prepared', 'released'])
  const stranger = await serve({ loginTimeoutMs: 20 })
  expect(await stranger.isClosed()).toBe(true)
})

test('parts that a command does not take are invalid; rights are asked for after that', async () => {
  const client = await enter()
  expect((await client.ask({ opcode: 0xe0, key: 'x' })).status).toBe(0x04)
  expect((await client.ask({ opcode: 0xe0, cas: 1n })).status).toBe(0x04)
  expect((await client.ask({ opcode: 0xe0, extras: Buffer.alloc(4) })).status).toBe(0x04)
  expect((await client.ask({ opcode: 0xe1, datatype: 1 })).status).toBe(0x04)
  expect((await client.ask({ opcode: 0x0a, datatype: 8 })).status).toBe(0x04)
  expect((await client.ask({ opcode: 0x0a, datatype: 2 })).status).toBe(0x04)
  await client.ask({ opcode: 0x21, key: 'PLAIN', value: '\0reader\0x' })
  expect((await client.ask({ opcode: 0xe0, cas: 1n })).status).toBe(0x04)
  expect((await client.ask({ opcode: 0xe0 })).status).toBe(0x24)
})
