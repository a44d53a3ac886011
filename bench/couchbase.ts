import { spawn } from 'node:child_process'
import { createHash, X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { mkdir, open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { NodeLink } from '../src-main/engines/couchbase/client/node-link.ts'
import { readFragment } from '../src-main/engines/couchbase/client/snapshot-requests.ts'
import { createCouchbaseServer } from '../src-main/engines/couchbase/server/create-couchbase-server.ts'
import { openNodeBucket } from '../src-main/engines/couchbase/server/node-bucket.ts'
import { createCouchbaseUser } from '../src-main/engines/couchbase/server/user.ts'
import { makeCertificates, serverTls } from '../src-main/engines/couchbase/testing/certificates.fixture.ts'
import { createCouchbaseSource } from '../src-main/sources/couchbase/couchbase-source.ts'
import { couchbaseSource } from '../src-shared/model/couchbase-source.ts'

/**
 * Fragments of one large file over loopback, from a server in a process of its own: plain, with sums, with TLS, with
 * SHA-512, over one connection and 128; and a bucket of as many bytes as plans read it, fetched vbucket by vbucket,
 * checked, staged and handed over. `node bench/couchbase.ts [MiB]`.
 */
const sizeMiB = Number(process.argv[2] ?? 1024)
const host = '127.0.0.1'
const credentials = { user: 'bench', password: 'bench' }
const never = new AbortController().signal
/** Of the bucket that is read as a source. */
const VBUCKETS = 16

if (process.argv[2] === 'serve') await serve(process.argv[3] ?? '')
else await measureAll()

async function serve(folder: string): Promise<void> {
  const bucket = await openNodeBucket({ name: 'b', folder: path.join(folder, 'data'), vbucketCount: 1, signal: never })
  const many = { name: 'many', folder: path.join(folder, 'many'), vbucketCount: VBUCKETS, signal: never }
  const user = await createCouchbaseUser({ name: 'bench', password: 'bench', privileges: ['Administrator'] })
  const { key, certificate } = serverTls(makeCertificates(folder))
  const server = createCouchbaseServer({
    buckets: [bucket, await openNodeBucket(many)],
    users: [user],
    tls: { key, certificate },
  })
  const plain = await server.listen({ host, port: 0 })
  const secure = await server.listen({ host, port: 0, isSecure: true })
  console.log(JSON.stringify({ plain: plain.port, secure: secure.port }))
  process.stdin.on('end', () => process.exit()).resume()
}

async function measureAll(): Promise<void> {
  const folder = mkdtempSync(path.join(process.env.HOLDFAST_BENCH ?? tmpdir(), 'holdfast-couchbase-'))
  try {
    await makeFile(path.join(folder, 'data', '0.couch.1'), sizeMiB)
    for (let vbid = 0; vbid < VBUCKETS; vbid++) {
      await makeFile(path.join(folder, 'many', `${vbid}.couch.1`), Math.ceil(sizeMiB / VBUCKETS))
    }
    const child = spawn(process.execPath, [fileURLToPath(import.meta.url), 'serve', folder], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
    const ports: { plain: number; secure: number } = JSON.parse((await lines.next()).value ?? '')
    const certificate = new X509Certificate(readFileSync(path.join(folder, 'server.pem')))
    const tls = { fingerprint: certificate.fingerprint256 }
    const login = { bucket: 'b', credentials }
    const plain = new NodeLink({ host, port: ports.plain }, login)
    const secure = new NodeLink({ host, port: ports.secure }, { ...login, tls })
    const { manifest } = await plain.prepare(0, never)
    const [file] = manifest.files
    if (!file) throw new Error('no file')

    const read = async (
      node: NodeLink,
      share: bigint,
      checksumLength = 0,
      hash?: { update(data: Uint8Array): unknown },
    ) => {
      let offset = 0n
      const part = { ...file, sizeBytes: share }
      while (offset < share) {
        const question = { uuid: manifest.uuid, file: part, offset, checksumLength }
        for await (const piece of node.withData((link) => readFragment(link, question, never), never)) {
          offset += BigInt(piece.length)
          hash?.update(piece)
        }
      }
    }
    const all = file.sizeBytes
    await read(plain, all / 4n) // the file is in the cache now, the code compiled
    console.log('| what | rate | peak memory, client | server |\n|---|--:|--:|--:|')
    const row = async (name: string, work: () => Promise<unknown>) => {
      const started = performance.now()
      await work()
      const rate = Number(all) / 1e6 / ((performance.now() - started) / 1000)
      const peaks = ['self', child.pid].map((pid) => `${peakMiB(String(pid))} MiB`)
      console.log(`| ${[name, `${rate.toFixed(0)} MB/s`, ...peaks].join(' | ')} |`)
    }
    await row('plain, one connection', () => read(plain, all))
    await row('plain with CRC32C', () => read(plain, all, 512 << 10))
    await row('plain with SHA-512', () => read(plain, all, 0, createHash('sha512')))
    await row('TLS, one connection', () => read(secure, all))
    const crowd = (node: NodeLink) => Promise.all(Array.from({ length: 128 }, () => read(node, all / 128n)))
    await row('plain, 128 connections', () => crowd(plain))
    await row('TLS, 128 connections', () => crowd(secure))
    await row('as a source, plain', () => readSource(`${host}:${ports.plain}`, { staging: folder }))
    await row('as a source, TLS', () => readSource(`${host}:${ports.secure}`, { staging: folder, tls }))
    plain.close()
    secure.close()
    child.stdin.end()
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** As a backup reads a bucket; what comes of it is thrown away. */
async function readSource(
  address: string,
  { staging, tls }: { readonly staging: string; readonly tls?: { readonly fingerprint: string } },
): Promise<void> {
  const spec = couchbaseSource.parse({ kind: 'couchbase', hosts: [address], bucket: 'many', user: 'bench', tls })
  const source = createCouchbaseSource(spec, { password: 'bench', stagingFolder: path.join(staging, 'staging') })
  const view = await source.open({ problem: ({ path: at, reason }) => console.error(at, reason) }, never)
  const into = Buffer.allocUnsafe(1 << 20)
  for await (const archive of view.archives()) {
    if (archive.type !== 'tree') continue
    for await (const entry of archive.entries) {
      if (entry.kind !== 'file') continue
      const content = await entry.open()
      while ((await content.read(into)) > 0);
      await content.close()
    }
  }
  await view.close()
}

async function makeFile(file: string, mebibytes: number): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true })
  const handle = await open(file, 'w')
  const block = Buffer.alloc(1 << 20, 'couchbase')
  for (let written = 0; written < mebibytes; written++) await handle.write(block)
  await handle.close()
}

/** The most that a process ever had; Linux only. */
function peakMiB(pid: string): string {
  try {
    const kib = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    return (Number(kib) / 1024).toFixed(0)
  } catch {
    return '–'
  }
}
