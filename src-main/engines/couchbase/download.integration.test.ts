import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { NodeLink } from './client/node-link.ts'
import { adoptSnapshot, orderDownload } from './client/order-download.ts'
import { pullBucket } from './client/pull-bucket.ts'
import { saveBucket } from './client/save-bucket.ts'
import { type CouchbaseServer, createCouchbaseServer } from './server/create-couchbase-server.ts'
import type { ServedBucket } from './server/served-bucket.ts'
import { openStoredBucket } from './server/stored-bucket.ts'
import { makeCertificates, serverTls } from './testing/certificates.fixture.ts'
import {
  administrator,
  credentials,
  host,
  makeCouchFiles,
  never,
  openTestBucket,
  vbucketContent,
} from './testing/cluster.fixture.ts'
import { openProxy } from './testing/proxy.fixture.ts'
import { temporaryFolder } from './testing/temporary-folder.fixture.ts'

const folder = temporaryFolder()
const closing: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

type Options = Parameters<typeof createCouchbaseServer>[0]

async function start(bucket: ServedBucket, options: Partial<Options> = {}, isSecure = false) {
  const server: CouchbaseServer = createCouchbaseServer({ buckets: [bucket], users: [administrator], ...options })
  const { port } = await server.listen({ host, port: 0, isSecure })
  const stop = async () => {
    await server.close()
    await bucket.close()
  }
  closing.push(stop)
  return { server, port, stop }
}

function link(port: number): NodeLink {
  const node = new NodeLink({ host, port }, { bucket: 'default', credentials })
  closing.push(async () => node.close())
  return node
}

const dataFolder = (name: string) => path.join(folder(), name)

test('26, 32: a download over TLS with client certificates is killed, and goes on after a restart', async () => {
  const size = 6_000_000
  const certificates = makeCertificates(folder())
  await makeCouchFiles(dataFolder('source'), [5], size)
  await mkdir(path.join(dataFolder('source'), 'deks'))
  await writeFile(path.join(dataFolder('source'), 'deks', 'k.key.3'), 'sealed')
  const source = await start(
    await openTestBucket(dataFolder('source'), 64),
    { tls: serverTls(certificates), maxFragmentBytes: 64_000 },
    true,
  )
  const tls = {
    caStore: certificates.ca,
    cert: certificates.clientCert,
    key: certificates.clientKey,
    passphrase: certificates.passphrase,
  }
  const order = { vbid: 5, from: { host, port: source.port, bucket: 'default', tls, fsyncIntervalBytes: 1_000_000 } }

  let sent = 0
  const reached = Promise.withResolvers<void>()
  source.server.onEvent((event) => {
    if (event.type === 'fragment') sent += event.bytes
    if (sent > size / 3) reached.resolve()
  })
  const first = await start(await openTestBucket(dataFolder('target'), 64))
  const waiting = orderDownload(link(first.port), order, never).catch((error: unknown) => error)
  await reached.promise
  await first.stop()
  expect(await waiting).toBeInstanceOf(Error)

  const [uuid = ''] = await readdir(path.join(dataFolder('target'), 'snapshots'))
  const file = path.join(dataFolder('target'), 'snapshots', uuid, '5.couch.1')
  const before = (await stat(file)).size
  expect(before).toBeGreaterThan(0)
  expect(before).toBeLessThan(size)
  sent = 0
  const again = await openTestBucket(dataFolder('target'), 64)
  expect(again.snapshots()).toMatchObject([{ isComplete: false }])
  const second = await start(again)
  await orderDownload(link(second.port), order, never)
  expect(sent).toBe(size - before + 'sealed'.length)
  expect((await readFile(file)).equals(vbucketContent(5, size))).toBe(true)
  const dek = path.join(dataFolder('target'), 'snapshots', uuid, 'deks', 'k.key.3')
  expect((await stat(dek)).mode & 0o777).toBe(0o600)
})

test('26: a download that cannot be is failed with its reason, and leaves nothing behind', async () => {
  await makeCouchFiles(dataFolder('source'), [1], 1000)
  const source = await start(await openTestBucket(dataFolder('source'), 64))
  const target = await start(await openTestBucket(dataFolder('target'), 64))
  const sasl = { mechanism: 'SCRAM-SHA512', username: 'backup', password: 'wrong' }
  const from = { host, port: source.port, bucket: 'default', sasl }
  await expect(orderDownload(link(target.port), { vbid: 1, from }, never)).rejects.toThrow('Authentication failed')
  const right = { ...from, sasl: { ...sasl, password: credentials.password } }
  await expect(orderDownload(link(target.port), { vbid: 2, from: right }, never)).rejects.toMatchObject({
    code: 'couchbase/refused',
  })
  await orderDownload(link(target.port), { vbid: 1, from: right }, never)
  expect(await readdir(path.join(dataFolder('target'), 'snapshots'))).toHaveLength(1)
})

test('21, 26: a source that is cut after any number of bytes fails the download cleanly, and the next one is whole', async () => {
  await makeCouchFiles(dataFolder('source'), [0], 4000)
  const source = await start(await openTestBucket(dataFolder('source'), 1), { maxFragmentBytes: 1024 })
  const proxy = await openProxy(source.port)
  closing.push(() => proxy.close())
  const target = await start(await openTestBucket(dataFolder('target'), 1))
  const node = link(target.port)
  const sasl = { mechanism: 'SCRAM-SHA512', username: credentials.user, password: credentials.password }
  const order = { vbid: 0, from: { host, port: proxy.port, bucket: 'default', sasl } }
  const snapshots = path.join(dataFolder('target'), 'snapshots')
  let failed = 0
  for (let bytes = 0; bytes < 6000; bytes += 311) {
    proxy.cutAfter = bytes
    proxy.cutsLeft = 2 // one connection for questions, one for the file
    const error = await orderDownload(node, order, never).catch((reason: unknown) => reason)
    const left = await readdir(snapshots).catch(() => [])
    expect(left, `cut after ${bytes}: ${error}`).toHaveLength(error === undefined ? 1 : 0)
    if (error === undefined) break // the files came through whole
    failed += 1
    expect(error).toMatchObject({ code: 'couchbase/refused' })
  }
  expect(failed).toBeGreaterThan(10)
  proxy.cutAfter = undefined
  await orderDownload(node, order, never)
  const [uuid = ''] = await readdir(snapshots)
  expect((await readFile(path.join(snapshots, uuid, '0.couch.1'))).equals(vbucketContent(0, 4000))).toBe(true)
})

test('a stored bucket is offered by our server, pulled by an empty node, and becomes its vbuckets', async () => {
  await makeCouchFiles(dataFolder('old'), [0, 1, 2, 3], 50_000)
  const old = await start(await openTestBucket(dataFolder('old'), 4))
  const client = { seeds: [{ host, port: old.port }], bucket: 'default', credentials }
  const report = await saveBucket({ ...client, folder: dataFolder('backup') }, never)
  expect(report.isComplete).toBe(true)

  const stored = await openStoredBucket({ name: 'default', folder: dataFolder('backup'), signal: never })
  const offer = await start(stored)
  const fresh = await start(await openTestBucket(dataFolder('new'), 4))
  const node = link(fresh.port)
  const sasl = { mechanism: 'SCRAM-SHA512', username: credentials.user, password: credentials.password }
  for (let vbid = 0; vbid < 4; vbid++) {
    await orderDownload(node, { vbid, from: { host, port: offer.port, bucket: 'default', sasl } }, never)
    await adoptSnapshot(node, vbid, never)
    expect((await readFile(path.join(dataFolder('new'), `${vbid}.couch.1`))).equals(vbucketContent(vbid, 50_000))).toBe(
      true,
    )
  }
  const again = { seeds: [{ host, port: fresh.port }], bucket: 'default', credentials }
  expect((await saveBucket({ ...again, folder: dataFolder('again') }, never)).isComplete).toBe(true)
})

test('21, 26: a connection to the node that is cut while it pulls is made anew; a node that is not there is said at once', async () => {
  await makeCouchFiles(dataFolder('source'), [0, 1, 2, 3], 50_000)
  const source = await start(await openTestBucket(dataFolder('source'), 4))
  const target = await start(await openTestBucket(dataFolder('target'), 4))
  const proxy = await openProxy(target.port)
  const login = { bucket: 'default', credentials }
  const sasl = { mechanism: 'SCRAM-SHA512', username: credentials.user, password: credentials.password }
  const wish = {
    node: { host, port: proxy.port },
    login,
    from: { host, port: source.port, bucket: 'default', sasl },
    vbids: [0, 1, 2, 3],
    isAdopted: true,
  }
  // From behind the login on: the first connection has to come about.
  proxy.cutAfter = 1400
  proxy.cutsLeft = 3
  const pulled: number[] = []
  await pullBucket({ ...wish, onPulled: (vbid) => pulled.push(vbid) }, never)
  expect(proxy.cutsLeft).toBeLessThan(3)
  expect(pulled.sort()).toEqual([0, 1, 2, 3])
  for (const vbid of pulled)
    expect(
      (await readFile(path.join(dataFolder('target'), `${vbid}.couch.1`))).equals(vbucketContent(vbid, 50_000)),
    ).toBe(true)
  await proxy.close()
  await expect(pullBucket(wish, never)).rejects.toMatchObject({ code: 'couchbase/unreachable' })
})

test('32: authorities, pinned certificates and IPv6; strangers are not trusted', async () => {
  const certificates = makeCertificates(folder())
  await makeCouchFiles(dataFolder('source'), [0], 1000)
  const bucket = await openTestBucket(dataFolder('source'), 1)
  const { key, certificate } = serverTls(certificates)
  const { server } = await start(bucket, { tls: { key, certificate } })
  const { port } = await server.listen({ host: '::1', port: 0, isSecure: true })
  const save = (tls: object, at: string) =>
    saveBucket(
      { seeds: [{ host: '::1', port }], bucket: 'default', credentials, tls, patienceMs: 0, folder: dataFolder(at) },
      never,
    )
  const authority = readFileSync(certificates.ca, 'utf8')
  const fingerprint = new X509Certificate(certificate).fingerprint256
  expect((await save({ authority }, 'a')).isComplete).toBe(true)
  expect((await save({ fingerprint }, 'b')).isComplete).toBe(true)
  await expect(save({}, 'c')).rejects.toMatchObject({ code: 'auth/untrusted' })
  await expect(save({ fingerprint: '00'.repeat(32) }, 'd')).rejects.toMatchObject({ code: 'auth/untrusted' })
})
