import { mkdir, readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { replaceFile, syncFolder } from '../../../storage/datastore/durable-file.ts'
import { formatAddress } from '../cluster/node-address.ts'
import type { VbucketRow } from '../stored-report.ts'
import { decodeManifest } from '../wire/manifest.ts'
import type { BucketClient } from './bucket-client.ts'
import { fetchFiles } from './fetch-files.ts'
import { holdSnapshot } from './hold-snapshot.ts'
import type { SaveJournal } from './save-journal.ts'
import type { VbucketSnapshot } from './vbucket-snapshot.ts'

export interface SaveTools {
  readonly client: BucketClient
  readonly journal: SaveJournal
  readonly folder: string
  readonly leftovers: 'release' | 'use'
  readonly fsyncIntervalBytes: number
  readonly now: () => number
  readonly onProgress: (progress: { readonly vbid: number; readonly bytes: number }) => void
}

const MANIFEST = 'manifest.json'
/** Says whose the files are that lie there while the manifest is not. */
const PARTIAL = 'manifest.json.part'

/** Prepares, brings every file here, and releases; the manifest is written last, and with it the vbucket is stored. */
export async function saveVbucket(vbid: number, tools: SaveTools, signal: AbortSignal): Promise<VbucketRow> {
  const { client, journal, leftovers, now } = tools
  const held = await holdSnapshot(
    vbid,
    {
      client,
      policy: { leftovers, own: journal.prepared, now },
      onPrepared: ({ node, manifest: { uuid } }) =>
        journal.write({ type: 'prepared', node: formatAddress(node.address), uuid }),
      onReleased: (uuid) => journal.write({ type: 'released', uuid }),
    },
    async (snapshot) => {
      const row = await saveFiles(snapshot, tools, signal)
      await journal.write({ type: 'stored', row })
      return row
    },
    signal,
  )
  await held?.release()
  return held?.result ?? { vbid, outcome: 'no-active-copy', files: [], deks: [] }
}

async function saveFiles(snapshot: VbucketSnapshot, tools: SaveTools, signal: AbortSignal): Promise<VbucketRow> {
  const { client, fsyncIntervalBytes: fsync } = tools
  const { manifest, manifestBytes } = snapshot
  const folder = path.join(tools.folder, String(manifest.vbid))
  await keepOnlyOwn(folder, manifest.uuid)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const write = { mode: 0o600, isDurable: true }
  await replaceFile(path.join(folder, PARTIAL), manifestBytes, { ...write, isDurable: false })
  const onBytes = (bytes: number) => tools.onProgress({ vbid: manifest.vbid, bytes })
  const row = await fetchFiles(snapshot, { client, folder, fsync, onBytes }, signal)
  await replaceFile(path.join(folder, MANIFEST), manifestBytes, write)
  await rm(path.join(folder, PARTIAL), { force: true })
  for (const at of [folder, tools.folder]) await syncFolder(at)
  return row
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
