import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { NodeLink } from '../../engines/couchbase/client/node-link.ts'
import { orderDownload } from '../../engines/couchbase/client/order-download.ts'
import { createCouchbaseServer } from '../../engines/couchbase/server/create-couchbase-server.ts'
import { makeCertificates, serverTls } from '../../engines/couchbase/testing/certificates.fixture.ts'
import {
  administrator,
  credentials,
  host,
  makeCouchFiles,
  never,
  openTestBucket,
  vbucketContent,
} from '../../engines/couchbase/testing/cluster.fixture.ts'
import { CommandLine, documentsOf, type Running, workFolder } from './testing/command-line.ts'

const folder = workFolder()
const desk = new CommandLine(join(folder, 'desk'))
const size = 6_000_000
const fsyncIntervalBytes = 500_000
const vbid = 5
const closing: (() => Promise<unknown>)[] = []

afterAll(async () => {
  for (const close of closing.reverse()) await close()
})

/** A node in a process of its own, over the same folder each time. */
async function startNode(data: string): Promise<{ readonly link: NodeLink; readonly running: Running }> {
  const running = desk.startWith(
    { environment: { HOLDFAST_ACCOUNT_PASSWORD: credentials.password } },
    ...['--json', 'host', 'couchbase', '--folder', data, '--bucket', 'default', '--user', credentials.user],
    ...['--vbuckets', '64', '--listen', `${host}:0`],
  )
  const [first] = documentsOf(await running.printed('"port"'))
  const { port } = first as { readonly port: number } // printed by `host`
  const link = new NodeLink({ host, port }, { bucket: 'default', credentials })
  closing.push(async () => {
    link.close()
    running.process.kill('SIGTERM')
    await running.ended
  })
  return { link, running }
}

it('26, 32: a download over TLS whose process is killed goes on after the restart with what had reached the disk', async () => {
  const certificates = makeCertificates(folder)
  await makeCouchFiles(join(folder, 'source'), [vbid], size)
  const bucket = await openTestBucket(join(folder, 'source'), 64)
  const source = createCouchbaseServer({
    buckets: [bucket],
    users: [administrator],
    tls: serverTls(certificates),
    maxFragmentBytes: 64_000,
  })
  const { port } = await source.listen({ host, port: 0, isSecure: true })
  closing.push(async () => {
    await source.close()
    await bucket.close()
  })
  const tls = {
    caStore: certificates.ca,
    cert: certificates.clientCert,
    key: certificates.clientKey,
    passphrase: certificates.passphrase,
  }
  const order = { vbid, from: { host, port, bucket: 'default', tls, fsyncIntervalBytes } }
  const data = join(folder, 'node')
  mkdirSync(data)

  const first = await startNode(data)
  let sent = 0
  const killed = new Promise<void>((resolve) => {
    source.onEvent((event) => {
      if (event.type === 'fragment') sent += event.bytes
      if (sent > size / 3 && !first.running.process.killed) {
        first.running.process.kill('SIGKILL')
        resolve(first.running.ended.then(() => undefined))
      }
    })
  })
  await expect(orderDownload(first.link, { ...order, patienceMs: 0 }, never)).rejects.toThrow()
  await killed

  const [uuid = ''] = readdirSync(join(data, 'snapshots'))
  const file = join(data, 'snapshots', uuid, `${vbid}.couch.1`)
  const before = statSync(file).size
  expect(before).toBeGreaterThan(0)
  expect(before).toBeLessThan(size)
  const second = await startNode(data)
  const control = await second.link.control(never)
  const rows = await control.rows({ opcode: 0x10, key: Buffer.from(`snapshot-status ${vbid}`) }, never)
  expect(rows.get(`vb_${vbid}:status`)).toBe('incomplete')
  sent = 0
  await orderDownload(second.link, order, never)
  expect(sent).toBe(size - before)
  expect(readFileSync(file).equals(vbucketContent(vbid, size))).toBe(true)
})
