import { randomBytes } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { errorCodes } from '../../../src-shared/errors.ts'
import { CommandLine, type Running, summaryOf, workFolder } from './testing/command-line.ts'
import { differences, makeEveryKindTree } from './testing/every-kind-tree.ts'

/** Two computers: one is the server of `holdfast host pbs`, the other backs up to it over TLS. */
const folder = workFolder()
const source = join(folder, 'source')
const store = join(folder, 'store')
const server = new CommandLine(join(folder, 'server'))
const desk = new CommandLine(join(folder, 'desk'))
const password = 'correct horse'
let running: Running
let address: string
let fingerprint: string

const asJoe = (environment: NodeJS.ProcessEnv, ...words: string[]) =>
  desk.startWith({ environment: { PBS_PASSWORD: password, ...environment } }, ...words).ended

beforeAll(async () => {
  await makeEveryKindTree(source)
  await server.good('init', store)
  const added = server.startWith({ environment: { HOLDFAST_ACCOUNT_PASSWORD: password } }, 'account', 'add', 'joe@pbs')
  expect((await added.ended).code).toBe(0)
  await server.good('account', 'grant', 'joe@pbs', 'DatastoreAdmin', '/datastore/main')
  mkdirSync(join(store, 'ns', 'team'), { recursive: true })
  running = server.start('host', 'pbs', '--datastore', `main=${store}`, '--listen', '127.0.0.1:0')
  const text = await running.printed('Fingerprint')
  const port = /Listens at 127\.0\.0\.1:(\d+)/.exec(text)?.[1] ?? ''
  fingerprint = /Fingerprint ([0-9a-f:]{95})/.exec(text)?.[1] ?? ''
  address = `joe@pbs@127.0.0.1:${port}:main`
})

afterAll(async () => {
  running.process.kill('SIGINT')
  expect((await running.ended).code).toBe(0)
})

test('a certificate that nobody confirmed stops everything, and is shown', async () => {
  const ran = await asJoe({}, 'init', address)
  expect(ran.code).toBe(1)
  expect(ran.stderr).toContain(errorCodes['auth/untrusted'])
  expect(ran.stderr).toContain(fingerprint)
})

test('a wrong password is refused in the words of the server', async () => {
  const ran = await asJoe({ PBS_PASSWORD: 'wrong', PBS_FINGERPRINT: fingerprint }, 'init', address)
  expect(ran.code).toBe(1)
  expect(ran.stderr).toContain(errorCodes['auth/denied'])
})

test('a tree with every kind of node comes back over the wire as it was; the second run sends nothing', async () => {
  expect((await asJoe({ PBS_FINGERPRINT: fingerprint }, 'init', address)).code).toBe(0)
  // From here on password and fingerprint are in the safe of this computer.
  const first = summaryOf((await desk.job('backup', source, '-r', 'main', '--id', 'desk')).job)
  expect(first.counts?.failed).toBe(0)
  const second = summaryOf((await desk.job('backup', source, '-r', 'main', '--id', 'desk')).job)
  expect(second.newChunks).toBe(0)
  await desk.good('restore', 'latest:desk', '--target', join(folder, 'back'))
  expect(differences(source, join(folder, 'back/source'))).toBe('')
  await desk.good('verify', '-r', 'main')
})

test('a file cannot be taken out of snapshots that a server keeps, and it is said what can be done', async () => {
  const ran = await desk.run('history', 'remove', 'main', 'file', '--yes')
  expect([ran.code, ran.stdout]).toEqual([1, ''])
  expect(ran.stderr).toContain('There a snapshot stays as it was written.')
  expect(ran.stderr).toContain('copy them into a repository on this computer')
})

test('a disk image goes over in blocks, and only what changed the second time', async () => {
  const disk = randomBytes(9_000_000)
  const path = join(folder, 'disk.img')
  writeFileSync(path, disk)
  const first = summaryOf((await desk.job('backup', '--image', path, '-r', 'main', '--id', 'vm')).job)
  expect(first.newChunks).toBe(3)
  disk[5_000_000] = (disk[5_000_000] ?? 0) ^ 1
  writeFileSync(path, disk)
  const second = summaryOf((await desk.job('backup', '--image', path, '-r', 'main', '--id', 'vm')).job)
  expect(second.newChunks).toBe(1)
  mkdirSync(join(folder, 'disks'))
  await desk.good('restore', 'latest:vm', '--target', join(folder, 'disks'))
  expect(readFileSync(join(folder, 'disks/images/disk.img')).equals(disk)).toBe(true)
})

test('prune with preview, garbage collection and protection work on the server', async () => {
  const preview = await desk.good('prune', '-r', 'main', '--id', 'vm', '--keep-last', '1', '--dry-run')
  expect(preview.stdout).toMatch(/remove host\/vm/)
  await desk.good('prune', '-r', 'main', '--id', 'vm', '--keep-last', '1')
  expect((await desk.json('snapshots')).documents).toHaveLength(3)
  await desk.good('protect', 'latest:vm')
  await desk.good('gc', '-r', 'main')
})

test('a namespace given to init is where backups and plans go that name none', async () => {
  const wrong = await asJoe({ PBS_FINGERPRINT: fingerprint }, 'init', address, '--ns', 'nobody')
  expect(wrong.code).toBe(1)
  expect(wrong.stderr).toContain('There is no namespace nobody in it.')
  expect(wrong.stderr).toContain('There are: team.')
  await asJoe({ PBS_FINGERPRINT: fingerprint }, 'init', address, '--ns', 'team')
  await desk.good('backup', source, '-r', 'main', '--id', 'desk')
  await desk.good('plan', 'add', source, '-r', 'main', '--name', 'Nightly')
  await desk.good('plan', 'run', 'Nightly')
  const names = (await desk.good('snapshots')).stdout.match(/team:host\/\S+/g)
  expect(names).toHaveLength(2)
  expect(names?.join(' ')).toMatch(/team:host\/desk\/.*/)
})

test('without -r it is PBS_REPOSITORY, known or not, with PBS_NAMESPACE', async () => {
  const laptop = new CommandLine(join(folder, 'laptop'))
  // Another repository is there: without the variable this would be where it goes.
  await laptop.good('init', join(folder, 'elsewhere'))
  const environment = { PBS_REPOSITORY: address, PBS_PASSWORD: password, PBS_FINGERPRINT: fingerprint }
  const backUp = (more: NodeJS.ProcessEnv) =>
    laptop.startWith({ environment: { ...environment, ...more } }, 'backup', source, '--id', 'laptop').ended
  for (const more of [{}, {}, { PBS_NAMESPACE: 'team' }]) {
    const ran = await backUp(more)
    expect(ran.code, ran.stderr).toBe(0)
  }
  expect(readdirSync(join(store, 'host', 'laptop')).filter((name) => name !== 'owner')).toHaveLength(2)
  expect(readdirSync(join(store, 'ns/team/host/laptop')).filter((name) => name !== 'owner')).toHaveLength(1)
  const { documents } = await laptop.json('repositories')
  expect(documents).toHaveLength(3)
})

test('the folder of the server is a repository that its own computer reads without conversion', async () => {
  await server.good('verify', '-r', store)
  const listed = await server.json('snapshots')
  expect(listed.documents).toHaveLength(8)
})
