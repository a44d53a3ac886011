import { mkdir, readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { replaceFile, syncFolder } from '../../../storage/datastore/durable-file.ts'
import { formatAddress } from '../cluster/node-address.ts'
import type { VbucketRow } from '../stored-report.ts'
import { decodeManifest, type SnapshotFile } from '../wire/manifest.ts'
import type { BucketClient } from './bucket-client.ts'
import { asHoldfastError, SnapshotGoneError } from './failures.ts'
import { saveFile } from './save-file.ts'
import type { SaveJournal } from './save-journal.ts'
import { prepareVbucket, readVbucketFile, releaseQuietly, type VbucketSnapshot } from './vbucket-snapshot.ts'

export interface SaveTools {
  readonly client: BucketClient
  readonly journal: SaveJournal
  readonly folder: string
  readonly leftovers: 'release' | 'use'
  readonly fsyncIntervalBytes: number
  readonly now: () => number
  readonly onProgress: (progress: { readonly vbid: number; readonly bytes: number }) => void
}

/** The snapshot of a vbucket that moves is made anew on the node it moved to, so often. */
const MAX_MOVES = 5
const MANIFEST = 'manifest.json'
/** Says whose the files are that lie there while the manifest is not. */
const PARTIAL = 'manifest.json.part'

/** Prepares, brings every file here, and releases; the manifest is written last, and with it the vbucket is stored. */
export async function saveVbucket(vbid: number, tools: SaveTools, signal: AbortSignal): Promise<VbucketRow> {
  const { client, journal, leftovers, now } = tools
  for (let move = 1; ; move++) {
    const policy = { leftovers, own: new Set(journal.prepared.keys()), now }
    const snapshot = await prepareVbucket(client, { vbid, policy }, signal)
    if (snapshot === undefined) return { vbid, outcome: 'no-active-copy', files: [], deks: [] }
    const { uuid } = snapshot.manifest
    await journal.write({ type: 'prepared', node: formatAddress(snapshot.node.address), uuid })
    try {
      const row = await saveFiles(snapshot, tools, signal)
      await journal.write({ type: 'stored', row })
      return row
    } catch (error) {
      signal.throwIfAborted()
      if (!(error instanceof SnapshotGoneError) || move === MAX_MOVES)
        throw asHoldfastError(error, snapshot.node.address)
    } finally {
      // After a cancel too; the connection for control is still there, or is made anew.
      if (await releaseQuietly(snapshot)) await journal.write({ type: 'released', uuid })
    }
  }
}

async function saveFiles(snapshot: VbucketSnapshot, tools: SaveTools, signal: AbortSignal): Promise<VbucketRow> {
  const { manifest, manifestBytes } = snapshot
  const folder = path.join(tools.folder, String(manifest.vbid))
  await keepOnlyOwn(folder, manifest.uuid)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const write = { mode: 0o600, isDurable: true }
  await replaceFile(path.join(folder, PARTIAL), manifestBytes, { ...write, isDurable: false })
  const save = async (files: readonly SnapshotFile[], mode: number) => {
    const rows: VbucketRow['files'] = []
    for (const file of files) {
      const sha512 = await saveFile(
        {
          file,
          folder,
          mode,
          fsyncIntervalBytes: tools.fsyncIntervalBytes,
          read: (offset) => readVbucketFile(tools.client, snapshot, { file, offset, signal }),
          progress: (bytes) => tools.onProgress({ vbid: manifest.vbid, bytes }),
        },
        signal,
      )
      rows.push({ path: file.path, size: String(file.sizeBytes), sha512 })
    }
    return rows
  }
  const files = await save(manifest.files, 0o644)
  const deks = await save(manifest.deks, 0o600)
  await replaceFile(path.join(folder, MANIFEST), manifestBytes, write)
  await rm(path.join(folder, PARTIAL), { force: true })
  for (const at of [folder, tools.folder]) await syncFolder(at)
  return {
    vbid: manifest.vbid,
    outcome: 'stored',
    node: formatAddress(snapshot.node.address),
    uuid: manifest.uuid,
    seqno: snapshot.seqno === undefined ? undefined : String(snapshot.seqno),
    preparedAt: snapshot.preparedAt,
    isAgeUnknown: snapshot.isAgeUnknown || undefined,
    dialect: snapshot.dialect,
    files,
    deks,
  }
}

/** What lies there of another snapshot is of no use. */
async function keepOnlyOwn(folder: string, uuid: string): Promise<void> {
  try {
    if (decodeManifest(await readFile(path.join(folder, PARTIAL))).uuid === uuid) return
  } catch {
    // there is none, or it was cut off
  }
  await rm(folder, { recursive: true, force: true })
}
