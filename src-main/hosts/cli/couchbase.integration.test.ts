import { randomBytes } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { readReport } from '../../engines/couchbase/stored-report.ts'
import { makeCertificates } from '../../engines/couchbase/testing/certificates.fixture.ts'
import { credentials, host, TestCluster } from '../../engines/couchbase/testing/cluster.fixture.ts'
import { CommandLine, documentsOf, errorOf, type Running, summaryOf, workFolder } from './testing/command-line.ts'
import { canMount, mountSmallDisk } from './testing/small-disk.ts'

const folder = workFolder()
const desk = new CommandLine(join(folder, 'desk'))
const vbuckets = 16
const fileBytes = 1_500_001
const id = ['--id', 'cluster']

let cluster: TestCluster
const hosts: Running[] = []

beforeAll(async () => {
  cluster = await TestCluster.open(join(folder, 'cluster'), {
    vbucketCount: vbuckets,
    fileBytes,
    nodes: 2,
    dialect: 's8', // gives a SHA-512 of each file
  })
  for (let vbid = 0; vbid < vbuckets; vbid++) await writeFile(dataFile(vbid), randomBytes(fileBytes))
  await desk.good('init', join(folder, 'repository'))
})

afterAll(() => cluster.close())

afterEach(async () => {
  for (const running of hosts.splice(0)) {
    running.process.kill('SIGTERM')
    await running.ended
  }
})

const dataFile = (vbid: number) => join(folder, 'cluster', `node-${vbid % 2}`, `${vbid}.couch.1`)
const password = (text = credentials.password) => ({ HOLDFAST_COUCHBASE_PASSWORD: text })
const nodes = () => cluster.seeds.map((seed) => `${seed.host}:${seed.port}`).join(',')

/** `holdfast backup --couchbase …` with a password, to its end. */
async function backUp({
  user = credentials.user,
  password: text = credentials.password,
  more = [] as readonly string[],
  at = nodes(),
} = {}) {
  const words = ['--json', 'backup', '--couchbase', at, '--bucket', 'default', '--user', user, ...id, ...more]
  const ran = await desk.startWith({ environment: password(text) }, ...words).ended
  return { ...ran, job: documentsOf(ran.stdout).at(-1) as Parameters<typeof summaryOf>[0] } // the command prints it last
}

/** `holdfast host couchbase …`, until the end of the test. Returns its port. */
async function serve(what: string | readonly string[], words: readonly string[] = []): Promise<number> {
  const running = desk.startWith(
    { environment: { HOLDFAST_ACCOUNT_PASSWORD: credentials.password, HOLDFAST_ACCOUNT_PASSWORD_VIEWER: 'lookin' } },
    ...['--json', 'host', 'couchbase', ...(typeof what === 'string' ? ['--folder', what] : what)],
    ...['--bucket', 'default', '--user', credentials.user, '--account', 'viewer=Stats'],
    ...['--vbuckets', String(vbuckets), '--listen', `${host}:0`, ...words],
  )
  hosts.push(running)
  const [first] = documentsOf(await running.printed('"port"'))
  return (first as { readonly port: number }).port // printed by `host`
}

const snapshots = async () => (await desk.json('snapshots')).documents.flat() as { readonly ref: unknown }[] // a list

describe('a bucket', () => {
  it('is stored, and stored again for nothing and unread where nothing changed', async () => {
    const first = await backUp()
    expect(first.stderr).toBe('')
    expect(summaryOf(first.job)).toMatchObject({ counts: { seen: 1 + vbuckets * 3 + 3, unchanged: 0, failed: 0 } })

    let sent = 0
    for (const { server } of cluster.nodes) {
      server.onEvent((event) => {
        if (event.type === 'fragment') sent += event.bytes
      })
    }
    const second = await backUp()
    const summary = summaryOf(second.job)
    expect(summary.counts).toMatchObject({ unchanged: vbuckets, failed: 0 })
    expect(summary.storedBytes).toBeLessThan(fileBytes)
    expect(sent).toBe(0)
  })

  it('costs what changed in it', async () => {
    await writeFile(dataFile(5), randomBytes(fileBytes))
    const { job } = await backUp()
    const { counts, storedBytes } = summaryOf(job)
    expect(counts?.failed).toBe(0)
    expect(counts?.unchanged).toBeGreaterThan(vbuckets / 2)
    expect(storedBytes).toBeGreaterThan(fileBytes)
    expect(storedBytes).toBeLessThan((vbuckets / 2) * fileBytes)
  })

  it('comes back equal, is served from where it was restored, and pulled by another node', async () => {
    const back = join(folder, 'back')
    await desk.good('restore', 'latest:cluster', '--target', back)
    const bucket = join(back, 'default')
    const live = (vbid: number) => readFileSync(dataFile(vbid))
    for (let vbid = 0; vbid < vbuckets; vbid++) {
      expect(readFileSync(join(bucket, `${vbid}/${vbid}.couch.1`)).equals(live(vbid)), String(vbid)).toBe(true)
    }
    expect(await readReport(bucket)).toMatchObject({ isComplete: true, vbucketCount: vbuckets })

    // From the folder, and out of the repository itself: each gives the same bucket again.
    for (const what of [bucket, ['--snapshot', 'latest:cluster']]) {
      const at = `${host}:${await serve(what)}`
      const again = await backUp({ at, more: ['--id', 'again'] })
      expect(summaryOf(again.job).counts).toMatchObject({ seen: 1 + vbuckets * 3 + 3, failed: 0 })
      await desk.good('restore', 'latest:again', '--target', join(folder, 'again'), '--conflict', 'overwrite')
      expect(readFileSync(join(folder, 'again', 'default/7/7.couch.1')).equals(live(7))).toBe(true)
      const viewer = await backUp({ at, user: 'viewer', password: 'lookin' })
      expect(errorOf(viewer.job).code).toBe('couchbase/denied')
    }

    const data = join(folder, 'empty-node')
    mkdirSync(data)
    const node = await serve(data)
    const wish = ['--node', `${host}:${node}`, '--bucket', 'default', '--user', credentials.user, '--adopt']
    // Out of the snapshot itself, and then out of the folder: the node has it all by then, and says so.
    for (const what of ['latest:cluster', bucket]) {
      const pulled = await desk.startWith({ environment: password() }, 'couchbase', 'pull', what, ...wish).ended
      expect(pulled).toMatchObject({
        code: 0,
        stdout: expect.stringContaining(`${vbuckets} seen = ${vbuckets} restored`),
      })
    }
    for (let vbid = 0; vbid < vbuckets; vbid++) {
      expect(readFileSync(join(data, `${vbid}.couch.1`)).equals(live(vbid)), String(vbid)).toBe(true)
    }
    const whole = await backUp({ at: `${host}:${node}`, more: ['--id', 'pulled'] })
    expect(summaryOf(whole.job).counts).toMatchObject({ failed: 0, seen: 1 + vbuckets * 3 + 3 })
  })

  it('is laid out as the folder of a node, once', async () => {
    const back = join(folder, 'back') // restored by the test before
    const target = join(folder, 'placed')
    const placed = await desk.good('couchbase', 'place', join(back, 'default'), '--target', target)
    expect(placed.stdout).toContain(`${vbuckets} seen = ${vbuckets} restored`)
    expect(readdirSync(target).filter((name) => name.endsWith('.couch.1'))).toHaveLength(vbuckets)
    const twice = await desk.run('couchbase', 'place', join(back, 'default'), '--target', target)
    expect(twice).toMatchObject({ code: 1, stderr: expect.stringContaining('This folder is not empty.') })
    const nothing = await desk.run('couchbase', 'place', back, '--target', join(folder, 'nowhere'))
    expect(nothing).toMatchObject({ code: 1, stderr: expect.stringContaining('holds no restored bucket') })
  })

  it('goes over TLS to a server with a certificate and an authority of its own', async () => {
    const certificates = makeCertificates(folder)
    const words = ['--certificate', certificates.serverCert, '--certificate-key', certificates.serverKey]
    const port = await serve(join(folder, 'cluster', 'node-0'), words)
    const at = `${host}:${port}`
    const trusted = await backUp({ at, more: ['--authority', certificates.ca, '--id', 'tls'] })
    // The other half of the vbuckets is on the other node.
    expect(summaryOf(trusted.job).counts).toMatchObject({ failed: vbuckets / 2 })
    const stranger = await backUp({ at, more: ['--tls', '--patience', '1'] })
    expect(errorOf(stranger.job).code).toBe('auth/untrusted')
  })
})

describe('what goes wrong', () => {
  it.runIf(canMount)(
    'says that the staging disk is full, and leaves neither a snapshot nor anything there',
    async () => {
      const staging = join(folder, 'small')
      mountSmallDisk(staging, fileBytes + 300_000)
      const before = await snapshots()
      const limit = ['--staging-limit', String(100 * fileBytes), '--id', 'full'] // more than there is
      const { job, code } = await backUp({ more: ['--staging', staging, ...limit] })
      expect(errorOf(job)).toMatchObject({ code: 'disk/full', message: expect.stringContaining('until it is stored') })
      expect(code).toBe(1)
      expect(readdirSync(staging)).toEqual([])
      for (const { bucket } of cluster.nodes) expect(bucket.snapshots()).toEqual([])
      expect(await snapshots()).toEqual(before)
      const { job: fits } = await backUp({ more: ['--staging', staging, '--staging-limit', String(fileBytes)] })
      expect(summaryOf(fits).counts).toMatchObject({ failed: 0 })
    },
  )

  it('leaves no snapshot: a wrong password, a bucket that is not there', async () => {
    const before = await snapshots()
    const wrong = await backUp({ password: 'no' })
    expect(errorOf(wrong.job).code).toBe('couchbase/denied')
    expect(wrong.code).toBe(1)
    expect(wrong.stdout + wrong.stderr).not.toContain('no password')
    const nameless = await desk.run('backup', '--couchbase', nodes(), '--user', credentials.user)
    expect(nameless).toMatchObject({ code: 1, stderr: expect.stringContaining('Which bucket?') })
    expect(await snapshots()).toEqual(before)
  })

  it('leaves none when the cluster goes in the middle; the next run is good and costs only what is missing', async () => {
    const before = await snapshots()
    for (let vbid = 0; vbid < vbuckets; vbid++) {
      await writeFile(dataFile(vbid), randomBytes(fileBytes))
    }
    const cut = new Promise<void>((resolve) => {
      let fragments = 0
      for (const { server } of cluster.nodes) {
        server.onEvent(({ type }) => {
          if (type !== 'fragment' || ++fragments !== 5) return
          resolve(Promise.all([cluster.cut(0), cluster.cut(1)]).then(() => undefined))
        })
      }
    })
    const failed = await backUp({ more: ['--patience', '1'] })
    await cut
    expect(errorOf(failed.job).code).toBe('couchbase/unreachable')
    expect(failed.code).toBe(1)
    expect(await snapshots()).toEqual(before)

    await cluster.back(0)
    await cluster.back(1)
    const { job } = await backUp()
    expect(summaryOf(job).counts).toMatchObject({ failed: 0, unchanged: 0 })
    expect(await snapshots()).toHaveLength(before.length + 1)
  })
})
