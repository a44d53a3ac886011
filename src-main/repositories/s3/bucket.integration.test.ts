import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Bucket } from './bucket.ts'
import { parseS3Address } from './s3-address.ts'
import { describeWithCeph } from './testing/ceph-programs.fixture.ts'
import { type Gateway, startGateway } from './testing/gateway.fixture.ts'

const never = new AbortController().signal

describeWithCeph('objects in a bucket of a real store', () => {
  let gateway: Gateway
  beforeAll(async () => {
    gateway = await startGateway()
  })
  afterAll(() => gateway.close())

  async function openBucket(prefix?: string, secret = gateway.secret): Promise<Bucket> {
    return new Bucket({ address: parseS3Address(await gateway.address(prefix)), secret, attempts: 2 })
  }

  test('what is put is got, and nothing is got where nothing is', async () => {
    const bucket = await openBucket('some/where')
    expect(await bucket.get('host/a b/x', 100, never)).toBeUndefined()
    expect(await bucket.head('host/a b/x', never)).toBeUndefined()
    await bucket.put('host/a b/x', Buffer.from('hello'), never)
    expect((await bucket.get('host/a b/x', 100, never))?.bytes.toString()).toBe('hello')
    expect(await bucket.head('host/a b/x', never)).toMatchObject({ name: 'host/a b/x', sizeBytes: 5 })
    await expect(bucket.get('host/a b/x', 4, never)).rejects.toThrow('Content-Length')
  })

  test('conditions hold: only what is new, only in the place of what was read', async () => {
    const bucket = await openBucket()
    expect(await bucket.put('a', Buffer.from('1'), never, { isNew: true })).toBe(true)
    expect(await bucket.put('a', Buffer.from('2'), never, { isNew: true })).toBe(false)
    expect(await bucket.put('a', Buffer.from('1'), never, { isNew: true })).toBe(true) // as when an answer was lost
    const read = await bucket.get('a', 10, never)
    expect(await bucket.put('a', Buffer.from('3'), never, { ifMatch: read?.etag ?? '' })).toBe(true)
    expect(await bucket.put('a', Buffer.from('4'), never, { ifMatch: read?.etag ?? '' })).toBe(false)
    expect(await bucket.put('none', Buffer.from('4'), never, { ifMatch: read?.etag ?? '' })).toBe(false)
    expect((await bucket.get('a', 10, never))?.bytes.toString()).toBe('3')
  })

  test('a store that knows neither conditions nor the deletion of many at once is asked in other words', async () => {
    const address = parseS3Address(await gateway.address())
    const refused: string[] = []
    const poor = http.createServer((request, response) => {
      const { 'if-none-match': isNew, 'if-match': ifMatch } = request.headers
      const isMany = request.method === 'POST' && request.url?.includes('?delete')
      if (isNew !== undefined || ifMatch !== undefined || isMany) {
        refused.push(isMany ? 'delete' : 'condition')
        request.resume()
        response.writeHead(501, { 'content-type': 'application/xml' })
        return response.end('<Error><Code>NotImplemented</Code><Message>no</Message></Error>')
      }
      const { port } = new URL(gateway.endpoint)
      const options = { port, method: request.method, path: request.url, headers: request.headers }
      const passed = http.request(options, (answer) => {
        response.writeHead(answer.statusCode ?? 500, answer.headers)
        answer.pipe(response)
      })
      request.pipe(passed)
    })
    await new Promise<void>((resolve) => poor.listen(0, '127.0.0.1', resolve))
    const { port } = poor.address() as AddressInfo // it listens on an address
    const bucket = new Bucket({
      address: { ...address, endpoint: `http://127.0.0.1:${port}` },
      secret: gateway.secret,
      attempts: 1,
    })
    expect(await bucket.put('a', Buffer.from('1'), never, { isNew: true })).toBe(true)
    expect(await bucket.put('a', Buffer.from('2'), never, { isNew: true })).toBe(false)
    const etag = (await bucket.get('a', 10, never))?.etag ?? ''
    expect(await bucket.put('a', Buffer.from('3'), never, { ifMatch: etag })).toBe(true)
    expect(await bucket.put('a', Buffer.from('4'), never, { ifMatch: etag })).toBe(false)
    await bucket.put('b', Buffer.from('b'), never)
    await bucket.delete(['a', 'b', 'c'], never)
    expect(await Array.fromAsync(bucket.list('', never))).toEqual([])
    expect(refused).toEqual(['condition', 'delete']) // each was tried once
    bucket.close()
    poor.close()
  })

  test('listings go on over pages, stay below the prefix, and know folders', async () => {
    const bucket = await openBucket('in')
    const names = Array.from({ length: 1005 }, (_, i) => `many/${String(i).padStart(4, '0')}`)
    await Promise.all(names.map((name) => bucket.put(name, Buffer.from('x'), never)))
    await bucket.put('other/deep/er', Buffer.from('x'), never)
    const listed = await Array.fromAsync(bucket.list('many/', never))
    expect(listed.map(({ name }) => name)).toEqual(names)
    expect(await Array.fromAsync(bucket.folders('', never))).toEqual(['many', 'other'])
    expect(await Array.fromAsync(bucket.folders('other/', never))).toEqual(['deep'])
    await bucket.delete([...names, 'not there'], never)
    expect(await Array.fromAsync(bucket.list('', never))).toMatchObject([{ name: 'other/deep/er', sizeBytes: 1 }])
  })

  test('an object is copied in the store, and one that is not there is not', async () => {
    const bucket = await openBucket('a')
    await bucket.put('host/2026-11-22T00:00:00Z/x', Buffer.from('x'), never)
    expect(await bucket.copy('host/2026-11-22T00:00:00Z/x', 'to', never)).toBe(true)
    expect(await bucket.copy('none', 'to', never)).toBe(false)
    expect((await bucket.get('to', 10, never))?.bytes.toString()).toBe('x')
  })

  test('refusals say what is wrong: the secret, the key, the bucket, the rights', async () => {
    const address = parseS3Address(await gateway.address())
    const open = (change: Partial<typeof address>, secret = gateway.secret) =>
      new Bucket({ address: { ...address, ...change }, secret, attempts: 1 })
    const list = (bucket: Bucket) => Array.fromAsync(bucket.list('', never))
    await expect(list(open({}, 'wrong'))).rejects.toMatchObject({
      code: 'auth/denied',
      detail: 'The secret key is not that of this access key.',
    })
    await expect(list(open({ accessKeyId: 'NOBODY' }))).rejects.toMatchObject({
      code: 'auth/denied',
      detail: 'The store does not know this access key.',
    })
    await expect(list(open({ bucket: 'there-is-none' }))).rejects.toMatchObject({
      code: 'repository/refused',
      detail: 'There is no bucket there-is-none.',
    })
    const stranger = await gateway.addUser()
    const asStranger = open({ accessKeyId: stranger.accessKeyId }, stranger.secret)
    await expect(asStranger.put('x', Buffer.from('x'), never)).rejects.toMatchObject({ code: 'auth/denied' })
    await expect(list(open({ endpoint: 'http://127.0.0.1:9' }))).rejects.toMatchObject({
      code: 'repository/unreachable',
      detail: 'http://127.0.0.1:9: nothing listens there.',
    })
  })

  test('a certificate that nobody vouches for is trusted when it is the pinned one, and nothing is sent before', async () => {
    const address = parseS3Address(await gateway.address(undefined, gateway.secureEndpoint))
    const open = (fingerprint?: string) => new Bucket({ address, secret: gateway.secret, fingerprint, attempts: 1 })
    const pinned = open(gateway.fingerprint)
    await pinned.put('x', Buffer.from('in TLS'), never)
    expect((await pinned.get('x', 10, never))?.bytes.toString()).toBe('in TLS')
    for (const fingerprint of [undefined, 'ab:'.repeat(31).concat('ab')]) {
      const failed = open(fingerprint).get('x', 10, never)
      await expect(failed).rejects.toMatchObject({ code: 'auth/untrusted', presented: gateway.fingerprint })
    }
  })

  test('a call that is given up ends at once, with the reason', async () => {
    const bucket = await openBucket()
    const controller = new AbortController()
    const put = bucket.put('x', Buffer.alloc(8 << 20), controller.signal)
    controller.abort(new Error('cancelled'))
    await expect(put).rejects.toThrow('cancelled')
    await expect(bucket.get('x', 10, controller.signal)).rejects.toThrow('cancelled')
  })

  test('a store that is gone for a moment is asked again; one that stays away is said to be out of reach', async () => {
    const address = parseS3Address(await gateway.address())
    const bucket = new Bucket({ address, secret: gateway.secret, attempts: 30 })
    await bucket.put('x', Buffer.from('before'), never)
    await gateway.stop()
    const reading = bucket.get('x', 10, never)
    const impatient = new Bucket({ address, secret: gateway.secret, attempts: 1 })
    await expect(impatient.get('x', 10, never)).rejects.toMatchObject({ code: 'repository/unreachable' })
    await gateway.start()
    expect((await reading)?.bytes.toString()).toBe('before')
  })
})
