import { createReadStream } from 'node:fs'
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hasCasync, runCasync } from '../../engines/casync/casync-program.fixture.ts'
import type { Repository, WriteObserver } from '../repository.ts'
import { bytes, describeTree, noise, SampleTree } from '../sample-tree.fixture.ts'
import { createCasyncRepository, openCasyncRepository } from './casync-repository.ts'

const { signal } = new AbortController()
const quiet: WriteObserver = { entry() {}, entryDone() {}, entryFailed() {}, bytes() {}, chunk() {} }
const group = { namespace: 'a-b', type: 'host', backupId: 'elsa' } as const
const ref = { ...group, time: 1000 }

let folder: string
let store: string
let local: Repository
let server: Server
let requests: string[] = []

const sample = new SampleTree()
sample.set('big', { content: noise('big', 3_000_000) })
for (let i = 0; i < 20; i++) sample.set(`small/${i}`, { content: noise(`small ${i}`, 3000) })

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'holdfast-casync-far-'))
  await mkdir(path.join(folder, 'some place'))
  store = path.join(folder, 'some place', 'my store.castr')
  await createCasyncRepository(store)
  await writeFile(path.join(folder, 'disk'), noise('disk', 500_000))
  if (hasCasync)
    runCasync([`--store=${store}`, 'make', path.join(folder, 'some place', 'disk.caibx'), path.join(folder, 'disk')])
  local = await openCasyncRepository(store, { threads: 0, now: () => Date.now() })
  for (const time of [1000, 1001]) {
    const writer = await local.write(group, { time, mode: 'metadata', compress: true, cryptMode: 'none' }, signal)
    await writer.addTree('root', sample.entries(), { excludePatterns: [] }, quiet)
    await writer.addBlob('notes', bytes('hello'))
    await writer.commit()
  }
  await local.maintenance.protect?.(ref, true)
  server = createServer((request, response) => {
    requests.push(request.url ?? '')
    const file = path.join(folder, decodeURIComponent(request.url ?? ''))
    stat(file).then(
      (found) => {
        if (found.isFile()) createReadStream(file).pipe(response)
        else response.writeHead(403).end()
      },
      () => response.writeHead(404).end('<h1>Not here</h1>'),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  // As ssh does it: the words behind the host go to a shell.
  await writeFile(path.join(folder, 'ssh'), '#!/bin/sh\nshift\nexec sh -c "$*"\n')
  await chmod(path.join(folder, 'ssh'), 0o755)
})
afterAll(async () => {
  await local.close()
  server.close()
  server.closeAllConnections()
  await rm(folder, { recursive: true })
})

const httpAddress = (name = 'my%20store') =>
  `http://127.0.0.1:${(server.address() as AddressInfo).port}/some%20place/${name}.castr` // listening on a port
const sshAddress = () => `casync+ssh://me@far${store}`
const remote = () => ({ sshPath: path.join(folder, 'ssh'), http: { attempts: 1 } })

if (!hasCasync) {
  test('nothing was read through the real program: casync is not on the PATH', () => {
    console.warn('casync is not installed: reading over ssh did not run')
  })
}

describe.each([
  ['http', httpAddress] as const,
  ...(hasCasync ? [['ssh and the real casync', sshAddress] as const] : []),
])('a store over %s', (_name, address) => {
  test('has the snapshots of the folder, also what casync made', async () => {
    const far = await openCasyncRepository(address(), { now: () => 0, remote: remote() })
    const here = await Array.fromAsync(local.snapshots(signal))
    expect(await Array.fromAsync(far.snapshots(signal))).toEqual(here)
    expect(here.map(({ archives }) => archives.length)).toEqual(hasCasync ? [3, 3, 1] : [3, 3])
    await far.close()
  })

  test('is browsed, read in parts and restored', async () => {
    const far = await openCasyncRepository(address(), { now: () => 0, remote: remote() })
    const reader = await far.read(ref, signal)
    const range = { offset: 1_000_000n, length: 10n }
    const part = await Array.fromAsync(reader.content('root', [bytes('big')], range, signal))
    expect(Buffer.concat(part).equals(noise('big', 3_000_000).subarray(1_000_000, 1_000_010))).toBe(true)
    expect(await reader.stat('root', [bytes('small'), bytes('7')], signal)).toMatchObject({ sizeBytes: 3000n })
    const walked = await describeTree(reader.walk('root', { contents: true }, signal))
    expect(walked).toEqual(await describeTree(sample.entries()))
    expect(Buffer.from(await reader.blob('notes.blob', signal)).toString()).toBe('hello')
    await reader.close()
    await expect(far.read({ ...ref, time: 7 }, signal)).rejects.toMatchObject({ code: 'snapshot/unknown' })
    await far.close()
  })

  test('takes nothing', async () => {
    const far = await openCasyncRepository(address(), { now: () => 0, remote: remote() })
    expect(far.maintenance).toEqual({})
    const options = { time: 2000, mode: 'data', compress: true, cryptMode: 'none' } as const
    await expect(far.write(group, options, signal)).rejects.toMatchObject({ code: 'repository/unsupported' })
    await far.close()
  })
})

test('a part of a large file fetches a few chunks', async () => {
  const far = await openCasyncRepository(httpAddress(), { now: () => 0, remote: remote() })
  const reader = await far.read(ref, signal)
  requests = []
  await Array.fromAsync(reader.content('root', [bytes('big')], { offset: 2_000_000n, length: 10n }, signal))
  expect(requests.filter((url) => url.endsWith('.cacnk')).length).toBeLessThan(8)
  await reader.close()
  await far.close()
})

test('what is not there, and what is no list, is told', async () => {
  const far = await openCasyncRepository(httpAddress('other'), { now: () => 0, remote: remote() })
  await expect(Array.fromAsync(far.snapshots(signal))).rejects.toMatchObject({ code: 'datastore/not-found' })
  const listing = path.join(folder, 'some place', 'other.snapshots')
  await mkdir(listing)
  const parts = { format: 'holdfast casync listing', version: 1, snapshots: [] }
  const index = { namespace: '', type: 'host', backupId: 'x', time: 1 }
  for (const indexes of ['no list', [{ ...index, file: '../../etc/passwd.caidx' }], [{ ...index, file: '/x.caidx' }]]) {
    await writeFile(path.join(listing, 'snapshots.json'), JSON.stringify({ ...parts, indexes }))
    await expect(Array.fromAsync(far.snapshots(signal))).rejects.toMatchObject({ code: 'manifest/corrupt' })
  }
  await far.close()
  for (const address of ['https://host/store', 'casync+ssh://-oProxyCommand=x/a.castr', 'ftp://host/a.castr']) {
    await expect(openCasyncRepository(address, { now: () => 0 })).rejects.toMatchObject({ code: 'input/invalid' })
  }
})

test('a server that is gone is told as such', async () => {
  const far = await openCasyncRepository('http://127.0.0.1:9/a.castr', { now: () => 0, remote: remote() })
  await expect(Array.fromAsync(far.snapshots(signal))).rejects.toMatchObject({ code: 'repository/unreachable' })
})

test('the list follows what is forgotten', async () => {
  const times = async () => {
    const text = await readFile(path.join(folder, 'some place', 'my store.snapshots', 'snapshots.json'), 'utf8')
    return (JSON.parse(text) as { snapshots: { time: number }[] }).snapshots.map(({ time }) => time) // as written above
  }
  expect(await times()).toEqual([1000, 1001])
  await local.maintenance.forget?.({ ...group, time: 1001 })
  expect(await times()).toEqual([1000])
})

test('an extra store has what the store lacks, and what was read once is not fetched again', async () => {
  const other = path.join(folder, 'some place', 'other half.castr')
  await cp(store, other, { recursive: true })
  const all = (await readdir(store, { recursive: true })).filter((name) => name.endsWith('.cacnk'))
  const gone = all.filter((_, at) => at % 3 === 0)
  for (const name of gone) await rm(path.join(store, name))
  const read = async (address: string) => {
    const repository = await openCasyncRepository(address, { now: () => Date.now(), threads: 0, remote: remote() })
    try {
      const reader = await repository.read(ref, signal)
      requests = []
      const tree = await describeTree(reader.walk('root', { contents: true }, signal))
      await reader.close()
      return { tree, fetched: requests.filter((url) => url.endsWith('.cacnk')).length }
    } finally {
      await repository.close()
    }
  }
  const tree = await describeTree(sample.entries())
  await expect(read(httpAddress())).rejects.toMatchObject({ code: 'chunk/missing' })
  const words = new URLSearchParams({ 'extra-store': other, 'chunk-cache': path.join(folder, 'cache') })
  expect((await read(`${httpAddress()}?${words}`)).tree).toEqual(tree)
  expect(await read(`${httpAddress()}?${words}`)).toEqual({ tree, fetched: 0 })
  // The same for a store on this computer, and one behind the web server as the extra one.
  const web = new URLSearchParams({ 'extra-store': httpAddress('other half') })
  expect((await read(`${store}?${web}`)).tree).toEqual(tree)
  for (const name of gone) await cp(path.join(other, name), path.join(store, name))
})
