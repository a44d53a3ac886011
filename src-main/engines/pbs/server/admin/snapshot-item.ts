import { HoldfastError } from '../../../../../src-shared/errors.ts'
import type { JsonObject } from '../../../../storage/canonical-json.ts'
import { readOwner } from '../../../../storage/datastore/group-dir.ts'
import { MANIFEST_NAME } from '../../../../storage/datastore/layout.ts'
import { readSnapshotFile } from '../../../../storage/datastore/snapshot-dir.ts'
import type { SnapshotListing } from '../../../../storage/datastore/snapshot-list.ts'
import { type Manifest, parseManifest } from '../../../../storage/manifest.ts'
import type { ServedDatastore } from '../server-context.ts'

/** Snapshots as lists show them (spec pbs §8.2). */

interface ReadManifest {
  readonly manifest: Manifest
  /** Length of the stored blob. */
  readonly sizeBytes: number
}

export async function snapshotItem(served: ServedDatastore, listing: SnapshotListing): Promise<JsonObject> {
  const { ref, isProtected } = listing
  const read = await readManifestOf(served, listing)
  const files = fileItems(listing, read)
  const unprotected = read?.manifest.unprotected
  const notes = unprotected?.notes ?? ''
  const verification = unprotected?.verify_state
  return {
    'backup-type': ref.type,
    'backup-id': ref.backupId,
    'backup-time': ref.time,
    comment: notes === '' ? undefined : firstLine(notes),
    verification: verification == null ? undefined : { state: verification.state, upid: verification.upid },
    fingerprint: unprotected?.['key-fingerprint'] ?? undefined,
    files,
    size: read === undefined ? undefined : files.reduce((sum, { size }) => sum + (size ?? 0n), 0n),
    owner: await readOwner(served.store, ref),
    protected: isProtected,
  }
}

export interface FileItem extends JsonObject {
  readonly filename: string
  readonly 'crypt-mode'?: string | undefined
  readonly size?: bigint | undefined
}

/** Those of the manifest, the manifest itself, then what lies there besides. */
export async function snapshotFiles(served: ServedDatastore, listing: SnapshotListing): Promise<readonly FileItem[]> {
  return fileItems(listing, await readManifestOf(served, listing))
}

export function firstLine(notes: string): string {
  return notes.split('\n', 1)[0] ?? ''
}

function fileItems({ filenames }: SnapshotListing, read: ReadManifest | undefined): readonly FileItem[] {
  if (read === undefined) return filenames.map((filename) => ({ filename }))
  const { manifest, sizeBytes } = read
  const listed: FileItem[] = manifest.files.map(({ filename, 'crypt-mode': mode, size }) => ({
    filename,
    'crypt-mode': mode,
    size,
  }))
  const ownMode = manifest.signature == null ? 'none' : 'sign-only'
  listed.push({ filename: MANIFEST_NAME, 'crypt-mode': ownMode, size: BigInt(sizeBytes) })
  const names = new Set(listed.map(({ filename }) => filename))
  return [...listed, ...filenames.filter((filename) => !names.has(filename)).map((filename) => ({ filename }))]
}

/** Undefined for an unfinished snapshot, and for one whose manifest is damaged: it is listed by its names. */
async function readManifestOf(
  { store }: ServedDatastore,
  { ref, isFinished }: SnapshotListing,
): Promise<ReadManifest | undefined> {
  if (!isFinished) return undefined
  try {
    const blob = await readSnapshotFile(store, ref, MANIFEST_NAME)
    return { manifest: parseManifest(blob), sizeBytes: blob.length }
  } catch (error) {
    if (error instanceof HoldfastError) return undefined
    throw error
  }
}
