import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Digest } from '../../../src-shared/model/digest.ts'
import { CryptConfig } from '../crypt-config.ts'
import { parseManifest } from '../manifest.ts'
import { openChunk } from '../seal/open-chunk.ts'
import type { Datastore } from './datastore.ts'
import { archivePath, chunkFolder, chunkPath, MANIFEST_NAME } from './layout.ts'
import { readSnapshotFile } from './snapshot-dir.ts'
import { formatTaskId } from './task-id.ts'
import { createSmallStore, randomChunks, sampleGroup, writeSample } from './testing/sample-store.ts'
import { type VerifyOptions, verifyDatastore } from './verify.ts'

const first = { ...sampleGroup, time: 1000 }
const second = { ...sampleGroup, time: 2000 }
const signal = new AbortController().signal
const taskId = formatTaskId({
  node: 'localhost',
  pid: 77,
  processStart: 0,
  counter: 1,
  startedAt: 1_700_000_000,
  type: 'verify',
  workerId: 'store',
  authId: 'root@pam',
})

let root: string
let store: Datastore

const options: VerifyOptions = {
  taskId,
  concurrency: 4,
  openerFor: (fingerprint) =>
    fingerprint === undefined ? { open: (blob, chunk) => Promise.resolve(openChunk(blob, chunk)) } : undefined,
}

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'verify-'))
  store = await createSmallStore(root)
})

afterEach(async () => {
  await rm(root, { recursive: true, force: true })
})

async function verifyStateOf(ref: typeof first) {
  return parseManifest(await readSnapshotFile(store, ref, MANIFEST_NAME)).unprotected.verify_state
}

async function flipByte(file: string, at: number): Promise<void> {
  const bytes = await readFile(file)
  bytes[at] = (bytes[at] ?? 0) ^ 1
  await writeFile(file, bytes)
}

const states = (report: Awaited<ReturnType<typeof verifyDatastore>>) => report.snapshots.map(({ state }) => state)

describe('verify', () => {
  it('finds nothing wrong with a whole store, reads each chunk once, and notes it', async () => {
    const [a, b, c] = randomChunks(3) as [Uint8Array, Uint8Array, Uint8Array]
    await writeSample(store, first, [a, b, a])
    await writeSample(store, second, [b, c])
    let bytes = 0
    const report = await verifyDatastore(store, { ...options, observer: { checked: (n) => (bytes += n) } }, signal)
    expect(report).toEqual({
      snapshots: [
        { ref: first, state: 'ok', problems: [] },
        { ref: second, state: 'ok', problems: [] },
      ],
      chunks: 3,
      corrupt: [],
      affected: [],
    })
    expect(bytes).toBe(5 * 3000)
    expect(await verifyStateOf(second)).toEqual({ state: 'ok', upid: taskId })
  })

  it('sets a damaged chunk aside and says which bytes of which snapshots it holds', async () => {
    const [a, b, c] = randomChunks(3) as [Uint8Array, Uint8Array, Uint8Array]
    const { digests } = await writeSample(store, first, [a, b, b, c, b])
    await writeSample(store, second, [c, b])
    const bad = digests[1] as Digest
    await flipByte(chunkPath(root, bad), 100)
    const report = await verifyDatastore(store, { ...options, snapshots: [first] }, signal)
    expect(states(report)).toEqual(['failed'])
    expect(report.corrupt).toMatchObject([{ digest: bad, isMissing: false }])
    expect(report.snapshots[0]?.problems).toMatchObject([{ filename: 'root.pxar.didx', digest: bad }])
    expect(report.affected).toEqual([
      {
        ref: first,
        filename: 'root.pxar.didx',
        ranges: [
          { offset: 3000n, sizeBytes: 6000n, digests: [bad] },
          { offset: 12_000n, sizeBytes: 3000n, digests: [bad] },
        ],
      },
      { ref: second, filename: 'root.pxar.didx', ranges: [{ offset: 3000n, sizeBytes: 3000n, digests: [bad] }] },
    ])
    expect(await readdir(chunkFolder(root, bad))).toEqual([`${bad}.0.bad`])
    expect((await verifyStateOf(first))?.state).toBe('failed')
    expect(await verifyStateOf(second)).toBeUndefined()

    const again = await verifyDatastore(store, options, signal)
    expect(states(again)).toEqual(['failed', 'failed'])
    expect(again.corrupt).toMatchObject([{ digest: bad, isMissing: true }])

    await writeSample(store, { ...first, time: 3000 }, [b])
    expect(states(await verifyDatastore(store, options, signal))).toEqual(['ok', 'ok', 'ok'])
  })

  it.each([
    { file: 'etc.conf.blob', at: 14 },
    { file: 'root.pxar.didx', at: 4096 + 20 },
    { file: 'root.pxar.didx', at: 3 },
    { file: MANIFEST_NAME, at: 40 },
  ])('finds a changed byte $at of $file', async ({ file, at }) => {
    await writeSample(store, first, randomChunks(2))
    await flipByte(archivePath(root, first, file), at)
    const report = await verifyDatastore(store, options, signal)
    expect(states(report)).toEqual(['failed'])
    expect(report.snapshots[0]?.problems.map(({ filename }) => filename)).toEqual([file])
    expect(report.chunks).toBe(file.endsWith('.didx') || file === MANIFEST_NAME ? 0 : 2)
  })

  it('finds a file that is not there, and a manifest of another snapshot', async () => {
    await writeSample(store, first, randomChunks(1))
    await writeSample(store, second, randomChunks(1))
    await rm(archivePath(root, first, 'etc.conf.blob'))
    await writeFile(archivePath(root, second, MANIFEST_NAME), await readSnapshotFile(store, first, MANIFEST_NAME))
    const report = await verifyDatastore(store, options, signal)
    expect(report.snapshots.map(({ problems }) => problems.map(({ filename }) => filename))).toEqual([
      ['etc.conf.blob'],
      [MANIFEST_NAME],
    ])
  })

  it('holds encrypted chunks against their checksums without the key, and against their digests with it', async () => {
    const crypt = new CryptConfig(Buffer.alloc(32, 7))
    const written = await writeSample(store, first, randomChunks(2), { crypt, keyFingerprint: crypt.fingerprint })
    expect(states(await verifyDatastore(store, options, signal))).toEqual(['ok'])

    const [one, two] = written.digests as [Digest, Digest]
    await writeFile(chunkPath(root, one), await readFile(chunkPath(root, two)))
    expect(states(await verifyDatastore(store, options, signal))).toEqual(['ok'])
    const withKey = {
      ...options,
      openerFor: () => ({
        open: (blob: Uint8Array, chunk: Parameters<typeof openChunk>[1]) =>
          Promise.resolve(openChunk(blob, chunk, crypt)),
      }),
    }
    const report = await verifyDatastore(store, withKey, signal)
    expect([states(report), report.corrupt.map(({ digest }) => digest)]).toEqual([['failed'], [one]])

    await flipByte(chunkPath(root, two), 60)
    expect((await verifyDatastore(store, options, signal)).corrupt.map(({ digest }) => digest)).toEqual([one, two])
  })

  it('passes over what was verified well not long ago, and over what is being written', async () => {
    await writeSample(store, first, randomChunks(1))
    await writeSample(store, second, randomChunks(1))
    await verifyDatastore(store, { ...options, snapshots: [first] }, signal)
    const lock = await store.locks.lockSnapshot(second, 'exclusive')
    const skip = { ...options, skipVerifiedSince: 1_699_999_999_000 }
    expect(states(await verifyDatastore(store, skip, signal))).toEqual(['skipped', 'skipped'])
    await lock.release()
    const late = { ...options, skipVerifiedSince: 1_700_000_001_000 }
    expect(states(await verifyDatastore(store, late, signal))).toEqual(['ok', 'ok'])
  })

  it('stops when it is told to, with nothing set aside', async () => {
    const { digests } = await writeSample(store, first, randomChunks(20))
    const abort = new AbortController()
    const stopping = verifyDatastore(store, { ...options, observer: { checked: () => abort.abort() } }, abort.signal)
    await expect(stopping).rejects.toThrow('aborted')
    for (const digest of digests) await stat(chunkPath(root, digest))
  })
})
