import { readdir, readFile, writeFile } from 'node:fs/promises'
import net from 'node:net'
import path from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { host, never, TestCluster, type TestClusterOptions, vbucketContent } from '../testing/cluster.fixture.ts'
import { example } from '../testing/example-packets.fixture.ts'
import { openProxy } from '../testing/proxy.fixture.ts'
import { temporaryFolder } from '../testing/temporary-folder.fixture.ts'
import { opcode } from '../wire/opcode.ts'
import { ClientConnection } from './connection.ts'
import { openConnection } from './login.ts'
import { saveBucket } from './save-bucket.ts'
import { prepareSnapshot, readFragment, releaseSnapshot } from './snapshot-requests.ts'
import { connect } from './transport.ts'

const folder = temporaryFolder()
const closing: (() => Promise<unknown>)[] = []

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

/** A peer that is bytes: hears a request, says what the test says. */
async function scripted(answer: (request: Buffer, socket: net.Socket) => void): Promise<number> {
  const server = net.createServer((socket) => {
    socket.on('error', () => undefined)
    socket.on('data', (data) => answer(data, socket))
  })
  await new Promise<void>((resolve) => server.listen(0, host, resolve))
  closing.push(() => new Promise((resolve) => server.close(resolve)))
  return (server.address() as net.AddressInfo).port // it listens on an address
}

async function connectTo(answer: (request: Buffer, socket: net.Socket) => void, idleTimeoutMs = 20_000) {
  const port = await scripted(answer)
  const connection = new ClientConnection(await connect({ host, port }, { idleTimeoutMs }, never))
  closing.push(async () => connection.destroy())
  return connection
}

/** An example with the opaque of the request it answers. */
function withOpaque(bytes: Buffer, request: Buffer): Buffer {
  request.copy(bytes, 12, 12, 16)
  return bytes
}

async function openCluster(options: Partial<TestClusterOptions> = {}): Promise<TestCluster> {
  const cluster = await TestCluster.open(path.join(folder(), 'cluster'), {
    vbucketCount: 6,
    fileBytes: 3000,
    nodes: 2,
    ...options,
  })
  closing.push(() => cluster.close())
  return cluster
}

async function expectWhole(target: string, vbids: Iterable<number>, size: number): Promise<void> {
  for (const vbid of vbids) {
    const content = await readFile(path.join(target, `${vbid}`, `${vbid}.couch.1`))
    expect(content.equals(vbucketContent(vbid, size)), `vbucket ${vbid}`).toBe(true)
  }
}

const file = { id: 1, path: '0.couch.1', sizeBytes: 12n }
const collect = async (pieces: AsyncIterable<Uint8Array>) => {
  const parts: Buffer[] = []
  for await (const piece of pieces) parts.push(Buffer.from(piece))
  return Buffer.concat(parts)
}

test('1: answers find their askers in any order, flex or not', async () => {
  const waiting: Buffer[] = []
  const connection = await connectTo((data, socket) => {
    for (let at = 0; at < data.length; at += 24) waiting.push(data.subarray(at, at + 24))
    if (waiting.length < 3) return
    for (const request of waiting.toReversed()) socket.write(withOpaque(example('releaseFlexSuccess'), request))
  })
  const asked = [1, 2, 3].map((vbucket) => connection.ask({ opcode: 0xe1, vbucket }, never))
  const answers = await Promise.all(asked)
  expect(answers.map(({ header }) => header.opaque)).toEqual([1, 2, 3])
})

test('14: a node that refuses the newer form is asked in the older one, and the requests are those of the examples', async () => {
  const requests: Buffer[] = []
  const connection = await connectTo((data, socket) => {
    requests.push(Buffer.from(data))
    socket.write(withOpaque(example(data.length > 24 ? 'prepareEinval' : 'prepareSuccess'), data))
  })
  const prepared = await prepareSnapshot(connection, { vbid: 0, dialect: undefined }, never)
  expect(prepared).toMatchObject({ dialect: 's8', manifest: { uuid: 'f7970e20-ca1b-4059-8542-3196e93f6927' } })
  expect(requests[1]).toEqual(withOpaque(example('prepareS8Request'), requests[1] ?? Buffer.alloc(24)))
  const { uuid } = prepared.manifest
  requests.length = 0
  const released = releaseSnapshot(connection, { uuid }, never)
  await expect(released).rejects.toThrow() // an answer meant for another command is no success
  expect(requests[0]).toEqual(withOpaque(example('releaseByUuidRequest'), requests[0] ?? Buffer.alloc(24)))
})

test('20: the checked fragment of the example is asked for and read, one byte at a time', async () => {
  const requests: Buffer[] = []
  const connection = await connectTo((data, socket) => {
    requests.push(Buffer.from(data))
    socket.setNoDelay(true)
    for (const byte of withOpaque(example('fragmentCheckedResponse'), data)) socket.write(Buffer.of(byte))
  })
  const question = { uuid: 'f7970e20-ca1b-4059-8542-3196e93f6927', file, offset: 0n, checksumLength: 8 }
  expect((await collect(readFragment(connection, question, never))).toString()).toBe('hello world\n')
  const expected = withOpaque(example('fragmentCheckedRequest'), requests[0] ?? Buffer.alloc(24))
  expected[5] = 0 // the bit for JSON may be set or not
  expect(requests[0]).toEqual(expected)
})

test('20, 23: a wrong sum, a body longer than asked, an empty one and an impossible one are refused', async () => {
  const reply = (length: number, body: Buffer) => (data: Buffer, socket: net.Socket) => {
    const header = withOpaque(example('fragmentResponseHeader'), data)
    header.writeUInt32BE(length, 8)
    socket.write(Buffer.concat([header, body]))
  }
  const read = async (answer: Parameters<typeof scripted>[0], checksumLength: number) =>
    collect(readFragment(await connectTo(answer), { uuid: 'u', file, offset: 0n, checksumLength }, never))
  const wrong = example('fragmentCheckedResponse').subarray(24)
  wrong[3] = 0
  await expect(read(reply(20, wrong), 8)).rejects.toThrow('CRC32C')
  await expect(read(reply(13, Buffer.alloc(13)), 0)).rejects.toThrow('13 bytes for a fragment of 12')
  await expect(read(reply(2 ** 32 - 1, Buffer.alloc(5)), 0)).rejects.toThrow('4294967295 bytes')
  await expect(read(reply(0, Buffer.alloc(0)), 0)).rejects.toThrow('0 bytes')
  await expect(read(reply(15, Buffer.alloc(15)), 8)).rejects.toThrow('15 bytes')
})

test('3: a wrong magic, an opaque nobody has, and contradicting lengths end the connection', async () => {
  const bad = [
    (data: Buffer) => withOpaque(example('statRequest'), data),
    () => example('releaseSuccess'),
    (data: Buffer) => withOpaque(example('releaseFlexSuccess').fill(9, 3, 4), data),
    () => Buffer.alloc(64),
  ]
  for (const make of bad) {
    const connection = await connectTo((data, socket) => socket.write(make(data)))
    await expect(connection.ask({ opcode: 0xe1 }, never)).rejects.toThrow('mcbp')
    expect(connection.isAlive).toBe(false)
  }
})

test('34: a peer that falls silent is given up, and a cancel comes through at once', async () => {
  const silent = await connectTo(() => undefined, 50)
  await expect(silent.ask({ opcode: 0x0a }, never)).rejects.toThrow('fell silent')
  const other = await connectTo(() => undefined)
  const controller = new AbortController()
  const asked = other.ask({ opcode: 0x0a }, controller.signal)
  controller.abort(new Error('enough'))
  await expect(asked).rejects.toThrow('enough')
})

test('21, 24: a connection cut after any number of bytes, at every stage, is taken up again where it was', async () => {
  const cluster = await openCluster({ nodes: 1, vbucketCount: 1, fileBytes: 2500, maxFragmentBytes: 1000 })
  const proxy = await openProxy(cluster.nodes[0]?.port ?? 0)
  closing.push(() => proxy.close())
  cluster.nodes[0] = { ...cluster.nodes[0]!, port: proxy.port } // there is one; the map leads through the proxy
  for (let bytes = 0; bytes < 7000; bytes += 173) {
    proxy.cutAfter = bytes
    proxy.cutsLeft = 3
    const target = path.join(folder(), `cut-${bytes}`)
    const save = () => saveBucket({ ...cluster.client, folder: target }, never)
    const report = await save().catch(save).catch(save).catch(save) // while the first question is cut, there is no cluster
    expect(report.vbuckets, `cut after ${bytes}`).toMatchObject([{ outcome: 'stored' }])
    await expectWhole(target, [0], 2500)
    expect((await readdir(path.join(target, '0'))).sort()).toEqual(['0.couch.1', 'manifest.json'])
  }
  expect(proxy.connections).toBeGreaterThan(80)
})

test('23: a file whose SHA-512 is wrong is fetched five times, and then the vbucket has failed', async () => {
  const cluster = await openCluster({ nodes: 1, vbucketCount: 2, dialect: 's8' })
  const target = path.join(folder(), 'backup')
  const data = path.join(folder(), 'cluster', 'node-0')
  let fragments = 0
  cluster.nodes[0]?.server.onEvent((event) => {
    if (event.type === 'fragment') fragments += 1
  })
  await cluster.nodes[0]?.bucket.prepare(0, { isChecksummed: true })
  await writeFile(path.join(data, '0.couch.1'), Buffer.alloc(3000, 'x')) // through the link: what is served is wrong
  const report = await saveBucket({ ...cluster.client, leftovers: 'use', folder: target }, never)
  expect(fragments).toBe(5 + 1)
  expect(report).toMatchObject({ isComplete: false, vbuckets: [{ outcome: 'failed' }, { outcome: 'stored' }] })
  expect(report.vbuckets[0]?.problem).toContain('SHA-512')
  expect(await readdir(path.join(target, '0'))).toEqual(['manifest.json.part'])
})

test('28: a vbucket that moves during the run is taken from the node that has it now, one that is lost is said to be', async () => {
  const cluster = await openCluster({ isEverywhere: true })
  const target = path.join(folder(), 'backup')
  expect([cluster.owners[4], cluster.owners[5]]).toEqual([0, 1])
  const report = await saveBucket(
    {
      ...cluster.client,
      lanesPerNode: 1,
      folder: target,
      onProgress() {
        if (cluster.rev > 1) return
        cluster.owners[4] = 1
        cluster.owners[5] = -1
        cluster.rev = 2
      },
    },
    never,
  )
  expect(report.vbuckets[4]).toMatchObject({ outcome: 'stored', node: `${host}:${cluster.nodes[1]?.port}` })
  expect(report.vbuckets[5]).toMatchObject({ outcome: 'no-active-copy' })
  expect(report.isComplete).toBe(false)
  await expectWhole(target, [0, 1, 2, 3, 4], 3000)
})

test('28: what somebody left behind is replaced, or used with its age unknown', async () => {
  const cluster = await openCluster({ nodes: 1 })
  const [node] = cluster.nodes
  const left = await node?.bucket.prepare(3, { isChecksummed: false })
  const use = await saveBucket({ ...cluster.client, leftovers: 'use', folder: path.join(folder(), 'use') }, never)
  expect(use.vbuckets[3]).toMatchObject({ isAgeUnknown: true, uuid: left?.manifest.uuid })
  expect(use.vbuckets[3]?.seqno).toBeUndefined()
  const other = await node?.bucket.prepare(3, { isChecksummed: false })
  const fresh = await saveBucket({ ...cluster.client, folder: path.join(folder(), 'fresh') }, never)
  expect(fresh.vbuckets[3]).toMatchObject({ outcome: 'stored', seqno: '1003' })
  expect(fresh.vbuckets[3]?.isAgeUnknown).toBeUndefined()
  expect(fresh.vbuckets[3]?.uuid).not.toBe(other?.manifest.uuid)
})

test('28: what a rebalance may be using is left alone', async () => {
  const cluster = await openCluster({ nodes: 1 })
  const [node] = cluster.nodes
  const used = await node?.bucket.prepare(3, { isChecksummed: false })
  cluster.forward = cluster.owners
  const report = await saveBucket({ ...cluster.client, patienceMs: 30, folder: path.join(folder(), 'backup') }, never)
  expect(report.vbuckets[3]).toMatchObject({
    outcome: 'failed',
    problem: expect.stringContaining('moving this vbucket'),
  })
  expect(report.vbuckets.filter(({ outcome }) => outcome === 'stored')).toHaveLength(5)
  expect(node?.bucket.snapshots().map(({ manifest }) => manifest.uuid)).toEqual([used?.manifest.uuid])
})

test('29: a run that was cut off is gone on with: what is stored is not asked for, what was prepared is released', async () => {
  const cluster = await openCluster()
  const target = path.join(folder(), 'backup')
  const controller = new AbortController()
  const seen = new Set<number>()
  const first = saveBucket(
    {
      ...cluster.client,
      lanesPerNode: 1,
      folder: target,
      onProgress({ vbid }) {
        seen.add(vbid)
        if (seen.size === 4) controller.abort(new Error('cancelled'))
      },
    },
    controller.signal,
  )
  await expect(first).rejects.toThrow('cancelled')
  for (const { bucket } of cluster.nodes) expect(bucket.snapshots()).toEqual([]) // also after a cancel
  const again: number[] = []
  const report = await saveBucket(
    { ...cluster.client, folder: target, onProgress: ({ vbid }) => again.push(vbid) },
    never,
  )
  expect(report.isComplete).toBe(true)
  expect(new Set(again).size).toBeLessThan(6)
  await expectWhole(target, [0, 1, 2, 3, 4, 5], 3000)
})

test('29: a cancel while a node makes a snapshot releases that one too, also when others wait on the same connection', async () => {
  const cluster = await openCluster({ nodes: 1 })
  const [node] = cluster.nodes
  if (!node) throw new Error('there is no node')
  const controller = new AbortController()
  const make = node.bucket.prepare.bind(node.bucket)
  node.bucket.prepare = async (vbid, options) => {
    if (vbid === 2) controller.abort(new Error('cancelled'))
    return make(vbid, options)
  }
  const target = path.join(folder(), 'backup')
  await expect(saveBucket({ ...cluster.client, folder: target }, controller.signal)).rejects.toThrow('cancelled')
  expect(node.bucket.snapshots()).toEqual([])
})

test('34: who cancels stops waiting, and the connection goes on serving the others', async () => {
  const waiting: Buffer[] = []
  const connection = await connectTo((data, socket) => {
    for (let at = 0; at < data.length; at += 24) waiting.push(data.subarray(at, at + 24))
    if (waiting.length < 2) return
    for (const request of waiting) socket.write(withOpaque(example('releaseFlexSuccess'), request))
  })
  const controller = new AbortController()
  const cancelled = connection.ask({ opcode: opcode.releaseSnapshot, vbucket: 1 }, controller.signal)
  controller.abort(new Error('cancelled'))
  await expect(cancelled).rejects.toThrow('cancelled')
  const { header } = await connection.ask({ opcode: opcode.releaseSnapshot, vbucket: 2 }, never)
  expect(header.opaque).toBe(2) // the answer to the first came before it, and was dropped
})

test('6: credentials do not go to other machines without TLS', async () => {
  const options = { bucket: 'default', credentials: { user: 'u', password: 'secret' } }
  const opened = openConnection({ host: '192.0.2.1', port: 11210 }, options, never)
  await expect(opened).rejects.toMatchObject({ code: 'couchbase/insecure' })
  await expect(opened).rejects.not.toThrow('secret')
})
