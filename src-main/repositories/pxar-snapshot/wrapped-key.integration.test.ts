import { generateKeyPairSync } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { openServer } from '../../engines/pbs/server/testing/open-server.fixture.ts'
import { ROOT_TOKEN, SECRET } from '../../engines/pbs/server/testing/server.fixture.ts'
import { inspectBlob } from '../../storage/blob.ts'
import { CryptConfig } from '../../storage/crypt-config.ts'
import { createSmallStore } from '../../storage/datastore/testing/sample-store.ts'
import { openKeyFile } from '../../storage/key-file.ts'
import { recoverKey, WRAPPED_KEY_FILENAME, type WrapKey, wrapKey } from '../../storage/master-key.ts'
import { copySnapshot } from '../copy/copy-snapshot.ts'
import { createDatastoreRepository } from '../datastore/datastore-repository.ts'
import { openPbsRepository } from '../pbs/pbs-repository.ts'
import type { Repository, StoredSnapshot, WriteObserver, WriteOptions } from '../repository.ts'
import { noise, SampleTree } from '../sample-tree.fixture.ts'

const { signal } = new AbortController()
const key = new CryptConfig(new Uint8Array(32).fill(7))
const quiet: WriteObserver = { entry() {}, entryDone() {}, entryFailed() {}, bytes() {}, chunk() {} }
const group = { namespace: '', type: 'host', backupId: 'elsa' } as const

function pair() {
  return generateKeyPairSync('rsa', {
    modulusLength: 3072,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
}
const [first, second] = [pair(), pair()]
const wrapFor =
  ({ publicKey }: { readonly publicKey: string }): WrapKey =>
  () =>
    wrapKey(key, publicKey, { now: new Date() })

interface Place {
  /** With these keys; the folder of the store behind it stays the same. */
  open(keys: readonly CryptConfig[], wrap?: WrapKey): Promise<Repository>
  readonly store: string
}

async function localPlace(): Promise<Place> {
  const folder = await mkdtemp(path.join(tmpdir(), 'holdfast-wrapped-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const datastore = await createSmallStore(path.join(folder, 'store'))
  return {
    store: datastore.path,
    open: async (keys, wrap) => {
      const repository = createDatastoreRepository(datastore, { keys, wrapKey: wrap, threads: 0, now: Date.now })
      onTestFinished(() => repository.close())
      return repository
    },
  }
}

async function remotePlace(): Promise<Place> {
  const server = await openServer()
  return {
    store: server.store.path,
    open: async (keys, wrap) => {
      const repository = await openPbsRepository(`${ROOT_TOKEN}@127.0.0.1:${server.port}:tank`, {
        keys,
        wrapKey: wrap,
        threads: 0,
        now: () => server.clock.now(),
        credentials: { secret: SECRET, fingerprint: server.fingerprint },
      })
      onTestFinished(() => repository.close())
      return repository
    },
  }
}

async function backup(repository: Repository, time: number, cryptMode: WriteOptions['cryptMode'] = 'encrypt') {
  const tree = new SampleTree()
  tree.set('big', { content: noise('big', 3_000_000) })
  const writer = await repository.write(group, { time, mode: 'metadata', compress: true, cryptMode }, signal)
  await writer.addTree('root', tree.entries(), { excludePatterns: [] }, quiet)
  return await writer.commit()
}

const rowOf = ({ archives }: StoredSnapshot) => archives.find(({ filename }) => filename === WRAPPED_KEY_FILENAME)

describe.each([
  ['a local datastore', localPlace],
  ['a Proxmox Backup Server', remotePlace],
])('%s', (_, open) => {
  test('row 44: each encrypted snapshot stores its key, which needs the master key and nothing else', async () => {
    const place = await open()
    const stored = await backup(await place.open([key], wrapFor(first)), 1_700_000_000)
    // As the original: of the run's crypt mode, last of the files, although the blob itself is neither sealed nor packed.
    expect(stored.archives.at(-1)).toMatchObject({ filename: WRAPPED_KEY_FILENAME, cryptMode: 'encrypt' })
    const onDisk = await readFile(path.join(place.store, 'host/elsa/2023-11-14T22:13:20Z', WRAPPED_KEY_FILENAME))
    expect(inspectBlob(onDisk)).toEqual({ isCompressed: false, isEncrypted: false })

    const keyless = await place.open([])
    await expect(keyless.read(stored.ref, signal)).rejects.toMatchObject({
      code: 'key/missing',
      hint: expect.stringContaining('master key'),
    })
    const blob = await keyless.wrappedKey?.(stored.ref, signal)
    if (blob === undefined) throw new Error('no wrapped key')
    const recovered = await openKeyFile(recoverKey(blob, first.privateKey))
    const reader = await (await place.open([recovered])).read(stored.ref, signal)
    expect(reader.trees).toEqual(['root'])
    await reader.close()
    const result = await keyless.maintenance.verify?.(
      {},
      { total() {}, checked() {}, snapshotDone() {}, corrupt() {} },
      signal,
    )
    expect(result).toMatchObject({ snapshots: 1, corrupt: [] })
  })

  test('the next snapshot, which takes the blocks over, has a blob of its own for the master key of its day', async () => {
    const place = await open()
    await backup(await place.open([key], wrapFor(first)), 1_700_000_000)
    const next = await backup(await place.open([key], wrapFor(second)), 1_700_000_100)
    const last = await backup(await place.open([key]), 1_700_000_200)
    const keyless = await place.open([])
    const blob = await keyless.wrappedKey?.(next.ref, signal)
    if (blob === undefined) throw new Error('no wrapped key')
    expect(() => recoverKey(blob, first.privateKey)).toThrow(expect.objectContaining({ code: 'key/wrong' }))
    expect((await openKeyFile(recoverKey(blob, second.privateKey))).fingerprint).toBe(key.fingerprint)
    // Without a master key there is none, whatever the base had.
    expect(rowOf(last)).toBeUndefined()
    expect(await keyless.wrappedKey?.(last.ref, signal)).toBeUndefined()
  })

  test('signed snapshots have one too, plain ones have none', async () => {
    const place = await open()
    const repository = await place.open([key], wrapFor(first))
    expect(rowOf(await backup(repository, 1_700_000_000, 'sign-only'))).toMatchObject({ cryptMode: 'sign-only' })
    const plain = await backup(repository, 1_700_000_100, 'none')
    expect(rowOf(plain)).toBeUndefined()
    expect(await readdir(path.join(place.store, 'host/elsa/2023-11-14T22:15:00Z'))).not.toContain(WRAPPED_KEY_FILENAME)
  })

  test('a blob that is not what the manifest says is refused, and found by verify', async () => {
    const place = await open()
    const { ref } = await backup(await place.open([key], wrapFor(first)), 1_700_000_000)
    const file = path.join(place.store, 'host/elsa/2023-11-14T22:13:20Z', WRAPPED_KEY_FILENAME)
    const foreign = await wrapKey(new CryptConfig(new Uint8Array(32)), first.publicKey, { now: new Date() })
    await writeFile(file, foreign)
    const keyless = await place.open([])
    await expect(keyless.wrappedKey?.(ref, signal)).rejects.toMatchObject({ code: 'manifest/corrupt' })
    const found: string[] = []
    const corrupt = ({ filename = '' }: { readonly filename?: string | undefined }) => void found.push(filename)
    await keyless.maintenance.verify?.({}, { total() {}, checked() {}, snapshotDone() {}, corrupt }, signal)
    expect(found.join(' ')).toContain(WRAPPED_KEY_FILENAME)
  })
})

test('a copy has its own key, not that of the original', async () => {
  const [from, to] = [await localPlace(), await localPlace()]
  const original = await from.open([key], wrapFor(first))
  const stored = await backup(original, 1_700_000_000)
  const other = new CryptConfig(new Uint8Array(32).fill(9))
  const target = await to.open([other], () => wrapKey(other, second.publicKey, { now: new Date() }))
  const reader = await original.read(stored.ref, signal)
  const silent = { total() {}, part() {}, bytes() {}, loss() {}, chunk() {} }
  const { snapshot } = await copySnapshot(reader, target, { compress: true, cryptMode: 'encrypt' }, silent, signal)
  await reader.close()
  const blob = await target.wrappedKey?.(snapshot.ref, signal)
  if (blob === undefined) throw new Error('no wrapped key')
  expect((await openKeyFile(recoverKey(blob, second.privateKey))).fingerprint).toBe(other.fingerprint)
})

test('the name of the blob is not free for an archive', async () => {
  const repository = await (await localPlace()).open([key])
  const wanted = { time: 1_700_000_000, mode: 'data', compress: true, cryptMode: 'encrypt' } as const
  const writer = await repository.write(group, wanted, signal)
  await expect(writer.addBlob('rsa-encrypted.key', new Uint8Array(3))).rejects.toMatchObject({ code: 'input/invalid' })
  await writer.discard()
})
