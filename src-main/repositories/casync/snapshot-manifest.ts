import { z } from 'zod'
import { HoldfastError } from '../../../src-shared/errors.ts'
import { digest } from '../../../src-shared/model/digest.ts'
import { backupType, type SnapshotRef } from '../../../src-shared/model/snapshot.ts'
import type { SnapshotNames } from '../../storage/datastore/snapshot-store.ts'
import type { StoredArchive, StoredSnapshot } from '../repository.ts'

export const manifestFilename = 'snapshot.json'

/** Of the index of the metadata of a tree: `documents.entries.caibx` beside `documents.caidx`. */
export const entriesSuffix = '.entries.caibx'
export const treeSuffix = '.caidx'
export const streamSuffix = '.caibx'
export const blobSuffix = '.blob'

const safeName = /^[A-Za-z0-9_][A-Za-z0-9._-]*$/

/** What lies in the folder of a snapshot. */
export const casyncNames: SnapshotNames = {
  manifest: manifestFilename,
  isFile: (name) =>
    name === manifestFilename || (name.length <= 255 && safeName.test(name) && /\.(?:caidx|caibx|blob)$/.test(name)),
  isIndex: (name) => name.endsWith(treeSuffix) || name.endsWith(streamSuffix),
}

const fileSchema = z.object({
  filename: z.string().refine((name) => name !== manifestFilename && casyncNames.isFile(name)),
  /** Of a stream or tree as it was before it was cut into chunks; of a blob its own. */
  size: z.number().int().nonnegative(),
  /** SHA-256 of a blob, or of the items of an index: ends and ids of the chunks. */
  csum: digest,
})

const manifestSchema = z.object({
  format: z.literal('holdfast casync snapshot'),
  version: z.literal(1),
  'backup-type': backupType,
  'backup-id': z.string(),
  'backup-time': z.number().int().positive(),
  files: z.array(fileSchema).max(100_000),
  notes: z.string().max(1 << 20),
  verify: z.object({ state: z.enum(['ok', 'failed']), at: z.number().int().nonnegative() }).optional(),
})

export type CasyncManifest = Readonly<z.infer<typeof manifestSchema>>
export type ManifestFile = Readonly<z.infer<typeof fileSchema>>

/** Of a new snapshot. */
export function createManifest(ref: SnapshotRef, files: readonly ManifestFile[]): CasyncManifest {
  return {
    format: 'holdfast casync snapshot',
    version: 1,
    'backup-type': ref.type,
    'backup-id': ref.backupId,
    'backup-time': ref.time,
    files: [...files],
    notes: '',
  }
}

export function encodeManifest(manifest: CasyncManifest): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(manifest, undefined, 2)}\n`)
}

/** Throws `manifest/corrupt`, also when it belongs to another snapshot than `ref`. */
export function parseManifest(bytes: Uint8Array, ref: SnapshotRef): CasyncManifest {
  const manifest = parse(bytes)
  const isOfRef =
    manifest['backup-type'] === ref.type &&
    manifest['backup-id'] === ref.backupId &&
    manifest['backup-time'] === ref.time
  if (!isOfRef) throw new HoldfastError('manifest/corrupt', { detail: 'It belongs to another snapshot.' })
  const names = new Set(manifest.files.map(({ filename }) => filename))
  if (names.size !== manifest.files.length) {
    throw new HoldfastError('manifest/corrupt', { detail: 'It lists a file twice.' })
  }
  return manifest
}

function parse(bytes: Uint8Array): CasyncManifest {
  try {
    return manifestSchema.parse(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)))
  } catch (cause) {
    const detail = cause instanceof z.ZodError ? firstIssue(cause) : 'It is not JSON.'
    throw new HoldfastError('manifest/corrupt', { detail, cause })
  }
}

function firstIssue({ issues: [issue] }: z.ZodError): string {
  return `Its ${issue?.path.join('.') ?? 'content'} is not as it must be.`
}

export function viewOfManifest(ref: SnapshotRef, manifest: CasyncManifest, isProtected: boolean): StoredSnapshot {
  return {
    ref,
    archives: manifest.files.map(archiveOf),
    notes: manifest.notes,
    protected: isProtected,
    keyFingerprint: undefined,
    verify: manifest.verify,
    problem: undefined,
  }
}

function archiveOf({ filename, size, csum }: ManifestFile): StoredArchive {
  return { filename, sizeBytes: BigInt(size), cryptMode: 'none', csum }
}
