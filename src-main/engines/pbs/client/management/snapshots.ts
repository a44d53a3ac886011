import { z } from 'zod'
import { backupType, cryptMode, type SnapshotRef } from '../../../../../src-shared/model/snapshot.ts'
import type { PbsApi } from '../pbs-api.ts'
import { namespaceParameter, snapshotParameters } from '../snapshot-parameters.ts'
import { maxFileBytes } from '../stored-file.ts'
import type { Parameters } from '../transport/query.ts'

/** Single snapshots (spec pbs §8.1, §8.2). */

const size = z.union([z.int(), z.bigint()]).transform(BigInt)
const fileItem = z.object({
  filename: z.string(),
  'crypt-mode': cryptMode.nullish(),
  size: size.nullish(),
})
const snapshotItem = z.object({
  'backup-type': backupType,
  'backup-id': z.string(),
  'backup-time': z.int().positive(),
  comment: z.string().nullish(),
  verification: z.object({ state: z.enum(['ok', 'failed']), upid: z.string() }).nullish(),
  fingerprint: z.string().nullish(),
  // Servers before 2 gave names only.
  files: z.array(z.union([fileItem, z.string().transform((filename): z.infer<typeof fileItem> => ({ filename }))])),
  size: size.nullish(),
  owner: z.string().nullish(),
  protected: z.boolean().nullish(),
})

export type SnapshotItem = z.infer<typeof snapshotItem>
export type FileItem = z.infer<typeof fileItem>

/** One snapshot of a datastore. */
export interface SnapshotPlace {
  readonly store: string
  readonly ref: SnapshotRef
}

/** Unfinished ones too: those have no manifest among their files. In no particular order. */
export async function listSnapshots(
  api: PbsApi,
  { store, namespace, ...group }: { readonly store: string; readonly namespace: string } & Partial<SnapshotRef>,
  signal: AbortSignal,
): Promise<readonly SnapshotItem[]> {
  const parameters: Parameters = {
    ...namespaceParameter(namespace),
    'backup-type': group.type,
    'backup-id': group.backupId,
  }
  const path = `admin/datastore/${store}/snapshots`
  return await api.call(z.array(snapshotItem), { method: 'GET', path, parameters }, signal)
}

export function refOf(item: SnapshotItem, namespace: string): SnapshotRef {
  return { namespace, type: item['backup-type'], backupId: item['backup-id'], time: item['backup-time'] }
}

export async function listFiles(api: PbsApi, place: SnapshotPlace, signal: AbortSignal): Promise<readonly FileItem[]> {
  return await api.call(z.array(fileItem), at(place, 'GET', 'files'), signal)
}

/** Throws `snapshot/protected`, `snapshot/unknown`, `repository/locked`. */
export async function forgetSnapshot(api: PbsApi, place: SnapshotPlace, signal: AbortSignal): Promise<void> {
  await api.call(z.unknown(), at(place, 'DELETE', 'snapshots'), signal)
}

export async function snapshotNotes(api: PbsApi, place: SnapshotPlace, signal: AbortSignal): Promise<string> {
  return await api.call(z.string(), at(place, 'GET', 'notes'), signal)
}

export async function setSnapshotNotes(
  api: PbsApi,
  { notes, ...place }: SnapshotPlace & { readonly notes: string },
  signal: AbortSignal,
): Promise<void> {
  await api.call(z.unknown(), at(place, 'PUT', 'notes', { notes }), signal)
}

export async function isProtected(api: PbsApi, place: SnapshotPlace, signal: AbortSignal): Promise<boolean> {
  return await api.call(z.boolean(), at(place, 'GET', 'protected'), signal)
}

export async function setProtected(
  api: PbsApi,
  { isProtected: value, ...place }: SnapshotPlace & { readonly isProtected: boolean },
  signal: AbortSignal,
): Promise<void> {
  await api.call(z.unknown(), at(place, 'PUT', 'protected', { protected: value }), signal)
}

/** A stored file as it is, without a reader connection: for one small file, such as a manifest. */
export async function downloadFile(
  api: PbsApi,
  { filename, ...place }: SnapshotPlace & { readonly filename: string },
  signal: AbortSignal,
): Promise<Buffer> {
  return (await api.ask(at(place, 'GET', 'download', { 'file-name': filename }), signal, maxFileBytes(filename))).bytes
}

/** The decoded content of a stored file that is not encrypted. */
export function downloadDecoded(
  api: PbsApi,
  { filename, ...place }: SnapshotPlace & { readonly filename: string },
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  return api.stream(at(place, 'GET', 'download-decoded', { 'file-name': filename }), signal)
}

/** The client's log, as an encoded blob: after the backup, once. */
export async function uploadLog(
  api: PbsApi,
  { blob, ...place }: SnapshotPlace & { readonly blob: Uint8Array },
  signal: AbortSignal,
): Promise<void> {
  await api.upload(at(place, 'POST', 'upload-backup-log'), blob, signal)
}

function at(
  { store, ref }: SnapshotPlace,
  method: 'GET' | 'POST' | 'PUT' | 'DELETE',
  call: string,
  parameters: Parameters = {},
) {
  return {
    method,
    path: `admin/datastore/${store}/${call}`,
    parameters: { ...snapshotParameters(ref), ...parameters },
  } as const
}
