import { generateKeyPairSync } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import path from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { Digest } from '../../../src-shared/model/digest.ts'
import { openServer } from '../../engines/pbs/server/testing/open-server.fixture.ts'
import { ROOT_TOKEN, SECRET, T0, type TestServer } from '../../engines/pbs/server/testing/server.fixture.ts'
import type { Chunker } from '../../storage/chunker.ts'
import { CryptConfig, plainDigest } from '../../storage/crypt-config.ts'
import { DynamicChunker } from '../../storage/dynamic-chunker.ts'
import { wrapKey } from '../../storage/master-key.ts'
import type { Repository, WriteObserver, WriteOptions } from '../repository.ts'
import { noise, SampleTree } from '../sample-tree.fixture.ts'
import { openPbsRepository } from './pbs-repository.ts'

/** What the three modes of a backup (spec pbs §9.1, §9.3) ask of a server and leave on it, by what the server writes down. */

const { signal } = new AbortController()
const key = new CryptConfig(new Uint8Array(32).fill(7))
const { publicKey } = generateKeyPairSync('rsa', {
  modulusLength: 3072,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
})

async function open(server: TestServer): Promise<Repository> {
  const repository = await openPbsRepository(`${ROOT_TOKEN}@127.0.0.1:${server.port}:tank`, {
    keys: [key],
    wrapKey: () => wrapKey(key, publicKey, { now: new Date(0) }),
    threads: 0,
    now: () => server.clock.now(),
    credentials: { secret: SECRET, fingerprint: server.fingerprint },
  })
  onTestFinished(() => repository.close())
  return repository
}

class Counted implements WriteObserver {
  readonly outcomes: string[] = []
  read = 0
  newChunks = 0
  chunks = 0
  entry(): void {}
  entryFailed(): void {}
  entryDone(outcome: 'stored' | 'unchanged'): void {
    this.outcomes.push(outcome)
  }
  bytes(count: number): void {
    this.read += count
  }
  chunk({ isNew }: Parameters<WriteObserver['chunk']>[0]): void {
    this.chunks++
    if (isNew) this.newChunks++
  }
}

interface Wish extends Partial<Pick<WriteOptions, 'mode' | 'cryptMode'>> {
  readonly time: number
  readonly tree: SampleTree
}

async function backUp(repository: Repository, { time, tree, mode = 'legacy', cryptMode = 'encrypt' }: Wish) {
  const group = { namespace: '', type: 'host', backupId: 'elsa' } as const
  const writer = await repository.write(group, { time, mode, compress: true, cryptMode }, signal)
  const counted = new Counted()
  await writer.addTree('root', tree.entries(), { excludePatterns: [] }, counted)
  const stored = await writer.commit()
  return { counted, stored }
}

function sample(seed: string): SampleTree {
  const tree = new SampleTree()
  for (const name of ['a', 'b', 'c']) tree.set(name, { content: noise(`${name} ${seed}`, 200_000) })
  return tree
}

/** The newest backup's log without its times, ids and sizes. */
async function backupLog(server: TestServer): Promise<readonly string[]> {
  await server.settled()
  const tasks = (await server.data('nodes/localhost/tasks?typefilter=backup&limit=1')) as { upid: string }[]
  const { text } = await server.call(`nodes/localhost/tasks/${encodeURIComponent(tasks[0]?.upid ?? '')}/log?download=1`)
  return text
    .split('\n')
    .map((line) => line.slice(22).replace(/ \(\d+ bytes\)| index \d+/g, ''))
    .filter((line) => /^(base|register|download|successfully|add blob|TASK)/.test(line))
}

test('row 73: the second legacy run, encrypted and with a master key, asks in the order of the original', async () => {
  const server = await openServer()
  const repository = await open(server)
  await backUp(repository, { time: T0, tree: sample('one') })
  const { stored } = await backUp(repository, { time: T0 + 1, tree: sample('one') })
  const log = await backupLog(server)
  // The base and its manifest, then the index of the archive, which makes its blocks known; the catalog after the archive,
  // then the wrapped key, the manifest, and the end.
  const order = [
    /^base snapshot: host\/elsa/,
    /^download 'index.json.blob'/,
    /^register chunks in 'root.pxar.didx'/,
    /^successfully closed dynamic/,
    /^successfully closed dynamic/,
    /^add blob "rsa-encrypted.key.blob"/,
    /^add blob "index.json.blob"/,
    /^successfully finished backup/,
    /^TASK OK/,
  ]
  let at = -1
  for (const wanted of order) {
    at = log.findIndex((line, position) => position > at && wanted.test(line))
    expect([wanted, at, log]).not.toContain(-1)
  }
  expect(stored.archives.map(({ filename }) => filename)).toEqual([
    'root.pxar.didx',
    'catalog.pcat1.didx',
    'rsa-encrypted.key.blob',
  ])
})

test('row 74: in data mode everything is read, the archives are split, payload first, and there is no catalog', async () => {
  const server = await openServer()
  const repository = await open(server)
  const wish = { mode: 'data', cryptMode: 'none' } as const
  await backUp(repository, { ...wish, time: T0, tree: sample('one') })
  const { counted, stored } = await backUp(repository, { ...wish, time: T0 + 1, tree: sample('one') })
  expect(counted.read).toBeGreaterThanOrEqual(600_000)
  expect(new Set(counted.outcomes)).toEqual(new Set(['stored']))
  expect(counted.newChunks).toBe(0)
  expect(stored.archives.map(({ filename }) => filename)).toEqual(['root.ppxar.didx', 'root.mpxar.didx'])
  const [, second = ''] = (await readdir(path.join(server.store.path, 'host/elsa'))).filter((name) => name !== 'owner')
  expect((await readdir(path.join(server.store.path, 'host/elsa', second))).sort()).toEqual([
    'index.json.blob',
    'root.mpxar.didx',
    'root.ppxar.didx',
  ])
})

test('row 75: in metadata mode what did not change is not read', async () => {
  const server = await openServer()
  const repository = await open(server)
  await backUp(repository, { mode: 'metadata', time: T0, tree: sample('one') })
  const { counted } = await backUp(repository, { mode: 'metadata', time: T0 + 1, tree: sample('one') })
  expect(counted.outcomes.filter((outcome) => outcome === 'unchanged')).toHaveLength(4) // and their folder
  expect(counted.newChunks).toBe(0)
})

test('row 71: after a failed verification of the base everything is uploaded again', async () => {
  const server = await openServer()
  const repository = await open(server)
  await backUp(repository, { time: T0, tree: sample('one') })
  const usual = await backUp(repository, { time: T0 + 1, tree: sample('one') })
  // The catalog is never compared: its one block is sent, and the server has it.
  expect(usual.counted.newChunks).toBeLessThanOrEqual(1)

  const [chunk = ''] = (await readdir(path.join(server.store.path, '.chunks'), { recursive: true })).filter((name) =>
    /\/[0-9a-f]{64}$/.test(name),
  )
  await server.store.chunks.setAside(path.basename(chunk) as Digest)
  await repository.maintenance.verify?.({}, { total() {}, checked() {}, snapshotDone() {}, corrupt() {} }, signal)
  const again = await backUp(repository, { time: T0 + 2, tree: sample('one') })
  expect(again.counted.newChunks).toBe(again.counted.chunks)
  const healed = await repository.maintenance.verify?.(
    {},
    { total() {}, checked() {}, snapshotDone() {}, corrupt() {} },
    signal,
  )
  expect(healed?.corrupt).toEqual([])
})

test('row 83: a stream becomes the blocks that the original makes of it', async () => {
  const server = await openServer()
  const repository = await open(server)
  const data = noise('stream', 12_000_000)
  const group = { namespace: '', type: 'host', backupId: 'elsa' } as const
  const wanted = { time: T0, mode: 'data', compress: true, cryptMode: 'none' } as const
  const writer = await repository.write(group, wanted, signal)
  const pieces = async function* () {
    for (let at = 0; at < data.length; at += 333_333) yield data.subarray(at, at + 333_333)
  }
  await writer.addStream('dump', pieces(), new Counted())
  await writer.commit()
  // Cut by the chunker that the vector of the specification holds to the original, in one piece.
  const chunker: Chunker = new DynamicChunker()
  const digests: string[] = []
  for (let at = 0; at < data.length; ) {
    chunker.startChunk(BigInt(at))
    const length = chunker.scan(data.subarray(at), data.length - at) || data.length - at
    digests.push(plainDigest(data.subarray(at, at + length)))
    at += length
  }
  const onDisk = (await readdir(path.join(server.store.path, '.chunks'), { recursive: true }))
    .map((name) => path.basename(name))
    .filter((name) => /^[0-9a-f]{64}$/.test(name))
  expect(onDisk.sort()).toEqual(digests.sort())
  expect(digests.length).toBeGreaterThan(1)
})
