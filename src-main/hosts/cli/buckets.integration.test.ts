import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { errorCodes } from '../../../src-shared/errors.ts'
import { repository as repositoryModel } from '../../../src-shared/model/repository.ts'
import { Bucket } from '../../repositories/s3/bucket.ts'
import { parseS3Address } from '../../repositories/s3/s3-address.ts'
import { describeWithCeph } from '../../repositories/s3/testing/ceph-programs.fixture.ts'
import { type Gateway, startGateway } from '../../repositories/s3/testing/gateway.fixture.ts'
import { CommandLine, documentsOf, errorOf, summaryOf, workFolder } from './testing/command-line.ts'
import { differences, makeEveryKindTree } from './testing/every-kind-tree.ts'

/** Without a name of a variable of Amazon's: what is not given here is not given. */
const bare = Object.fromEntries(
  Object.keys(process.env)
    .filter((name) => name.startsWith('AWS_'))
    .map((name) => [name, undefined]),
)

describeWithCeph('a bucket on the command line', () => {
  const folder = workFolder()
  const source = join(folder, 'source')
  const desk = new CommandLine(join(folder, 'desk'))
  let gateway: Gateway
  let keys: NodeJS.ProcessEnv
  let address: string

  const typed = (environment: NodeJS.ProcessEnv, ...words: string[]) =>
    desk.startWith({ environment: { ...bare, ...environment } }, ...words).ended

  beforeAll(async () => {
    await makeEveryKindTree(source)
    gateway = await startGateway()
    keys = { AWS_ACCESS_KEY_ID: gateway.accessKeyId, AWS_SECRET_ACCESS_KEY: gateway.secret }
    address = await gateway.address('desk')
  }, 300_000)
  afterAll(() => gateway.close())

  test('without the secret it is refused, with a wrong one too, and nothing is kept of it', async () => {
    for (const AWS_SECRET_ACCESS_KEY of [undefined, 'wrong']) {
      const ran = await typed({ AWS_SECRET_ACCESS_KEY }, 'init', address)
      expect([ran.code, ran.stdout]).toEqual([1, ''])
      expect(ran.stderr).toContain(errorCodes['auth/denied'])
    }
    expect((await desk.json('repositories')).documents).toEqual([])
  })

  test('what the address leaves open comes from the environment, once', async () => {
    const short = address.replace(/^s3:\/\/.*@/, 's3://').replace(/\?.*/, '')
    const environment = { ...keys, AWS_ENDPOINT_URL: gateway.endpoint, PBS_NAMESPACE: 'of another program' }
    const ran = await typed(environment, '--json', 'init', short)
    expect(ran.code, ran.stderr).toBe(0)
    const [document] = documentsOf(ran.stdout)
    expect(repositoryModel.parse(document)).toMatchObject({ kind: 's3', name: 'desk', address })
    expect(ran.stdout).not.toContain(gateway.secret)
  })

  test('a tree with every kind of node comes back as it was; the second run sends nothing', async () => {
    // From here on the secret is in the safe of this computer.
    const first = await desk.job('backup', source, '-r', 'desk', '--id', 'desk')
    expect(summaryOf(first.job).counts?.failed).toBe(0)
    const second = await desk.job('backup', source, '-r', address, '--id', 'desk')
    expect(summaryOf(second.job).newChunks).toBe(0)
    await desk.good('restore', 'latest:desk', '--target', join(folder, 'back'))
    expect(differences(source, join(folder, 'back/source'))).toBe('')
  })

  test('verify, prune, garbage collection and protection work there', async () => {
    await desk.good('verify', '-r', 'desk')
    await desk.good('protect', 'latest:desk')
    await desk.good('backup', source, '-r', 'desk', '--id', 'desk')
    await desk.good('prune', '-r', 'desk', '--id', 'desk', '--keep-last', '1')
    // The newest by the rule, and the one that is protected.
    expect((await desk.json('snapshots')).documents).toHaveLength(2)
    await desk.good('gc', '-r', 'desk')
    await desk.good('verify', '-r', 'desk')
    const { stdout } = await desk.good('repositories')
    // Nobody says how much more a bucket holds.
    expect(stdout).not.toMatch(/\d B\b/)
  })

  test('a second computer reads what is there, and copies it into a folder', async () => {
    const spare = new CommandLine(join(folder, 'spare'))
    const environment = { ...bare, ...keys }
    const ran = await spare.startWith({ environment }, 'snapshots', '-r', address).ended
    expect(ran.code, ran.stderr).toBe(0)
    const store = join(folder, 'store')
    await spare.good('init', store)
    await spare.good('copy', 'latest', '--to', store)
    await spare.good('verify', '-r', store)
    expect(readdirSync(join(store, 'host'))).toEqual(['desk'])
  })

  test('copied out of the bucket with any program and marked as one, it is a local datastore', async () => {
    const copied = join(folder, 'copied')
    const bucket = new Bucket({ address: parseS3Address(address), secret: gateway.secret })
    try {
      const { signal } = new AbortController()
      for await (const { name, sizeBytes } of bucket.list('', signal)) {
        mkdirSync(dirname(join(copied, name)), { recursive: true })
        const content = await bucket.get(name, sizeBytes, signal)
        writeFileSync(join(copied, name), content?.bytes ?? '')
      }
    } finally {
      bucket.close()
    }
    writeFileSync(join(copied, '.lock'), '') // the mark of a local one
    const elsewhere = new CommandLine(join(folder, 'elsewhere'))
    await elsewhere.good('verify', '-r', copied)
    await elsewhere.good('restore', 'latest:desk', '--target', join(folder, 'from-copy'))
    expect(differences(source, join(folder, 'from-copy/source'))).toBe('')
  })

  test('another certificate than the one that was given stops everything', async () => {
    const safe = await gateway.address('', gateway.secureEndpoint)
    const unconfirmed = await typed(keys, 'init', safe)
    expect(unconfirmed.code).toBe(1)
    expect(unconfirmed.stderr).toContain(errorCodes['auth/untrusted'])
    expect(unconfirmed.stderr).toContain(gateway.fingerprint)
    const ran = await typed(keys, 'init', safe, '--name', 'safe', '--fingerprint', gateway.fingerprint)
    expect(ran.code, ran.stderr).toBe(0)
    await desk.good('backup', source, '-r', 'safe', '--id', 'desk')
  })

  test('a store that does not answer is named, and the backup goes on when it is back', async () => {
    await gateway.stop()
    const { job, code } = await desk.job('backup', source, '-r', 'desk', '--id', 'desk')
    expect(code).toBe(1)
    expect(errorOf(job)).toMatchObject({ code: 'repository/unreachable' })
    expect(errorOf(job).message).toContain(gateway.endpoint)
    await gateway.start()
    await desk.good('backup', source, '-r', 'desk', '--id', 'desk')
  })
})
