import { randomBytes } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { Digest } from '../../../../src-shared/model/digest.ts'
import type { SnapshotRef } from '../../../../src-shared/model/snapshot.ts'
import { encodeBlob } from '../../blob.ts'
import { type CryptConfig, plainDigest } from '../../crypt-config.ts'
import { DynamicIndexBuilder } from '../../dynamic-index.ts'
import { type Datastore, openDatastore } from '../datastore.ts'
import { type SnapshotDraft, startSnapshot } from '../snapshot-draft.ts'

export interface SampleSnapshot {
  readonly ref: SnapshotRef
  readonly digests: readonly Digest[]
}

export interface SampleOptions {
  readonly crypt?: CryptConfig | undefined
  readonly keyFingerprint?: string | undefined
}

export const sampleGroup = { namespace: '', type: 'host', backupId: 'elsa' } as const

/** A datastore without its 65536 folders, which take seconds to make and to remove; the chunk store makes those it needs. */
export async function createSmallStore(root: string): Promise<Datastore> {
  await mkdir(path.join(root, '.chunks', '0000'), { recursive: true })
  await writeFile(path.join(root, '.lock'), '')
  return await openDatastore(root)
}

/** Writes a whole snapshot with one archive of the given chunks and a blob, as a backup would. */
export async function writeSample(
  store: Datastore,
  ref: SnapshotRef,
  chunks: readonly Uint8Array[],
  options: SampleOptions = {},
): Promise<SampleSnapshot> {
  const draft = await startSnapshot(store, ref, { owner: 'root@pam', now: Date.now })
  return await putSample(store, draft, chunks, options)
}

/** The same into a snapshot that was started. */
export async function putSample(
  store: Datastore,
  draft: SnapshotDraft,
  chunks: readonly Uint8Array[],
  { crypt, keyFingerprint }: SampleOptions = {},
): Promise<SampleSnapshot> {
  const { ref } = draft
  const index = new DynamicIndexBuilder()
  const digests: Digest[] = []
  for (const chunk of chunks) {
    const digest = crypt?.digest(chunk) ?? plainDigest(chunk)
    await store.chunks.insert(digest, encodeBlob(chunk, { compress: true, crypt }))
    index.add(digest, chunk.length)
    digests.push(digest)
  }
  const conf = encodeBlob(Buffer.from('answer = 42\n'), { compress: false, crypt })
  await draft.writeFile('root.pxar.didx', index.bytes({ createdAt: BigInt(ref.time) }))
  await draft.writeFile('etc.conf.blob', conf)
  const cryptMode = crypt === undefined ? 'none' : 'encrypt'
  const files = [
    { filename: 'root.pxar.didx', 'crypt-mode': cryptMode, size: Number(index.sizeBytes), csum: index.csum() },
    { filename: 'etc.conf.blob', 'crypt-mode': cryptMode, size: conf.length, csum: plainDigest(conf) },
  ]
  const unprotected = keyFingerprint === undefined ? {} : { 'key-fingerprint': keyFingerprint }
  await draft.commit(sampleManifest(ref, files, unprotected))
  return { ref, digests }
}

export function sampleManifest(
  ref: SnapshotRef,
  files: readonly object[],
  unprotected: Readonly<Record<string, string>> = {},
): Uint8Array {
  const manifest = {
    'backup-type': ref.type,
    'backup-id': ref.backupId,
    'backup-time': ref.time,
    files,
    signature: null,
    unprotected,
  }
  return encodeBlob(Buffer.from(JSON.stringify(manifest, null, 2)), { compress: true })
}

/** Chunks that compress badly and differ from all others. */
export function randomChunks(count: number, sizeBytes = 3000): Uint8Array[] {
  return Array.from({ length: count }, () => randomBytes(sizeBytes))
}
