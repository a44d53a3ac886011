import { z } from 'zod'
import { ProtocolError } from '../../../../src-shared/errors.ts'
import { parseDigits, parseJson } from './json-text.ts'

/** What a snapshot of one vbucket consists of (spec couchbase §8). */
export interface SnapshotManifest {
  readonly uuid: string
  readonly vbid: number
  readonly files: readonly SnapshotFile[]
  /** Files with the keys that the data files are encrypted with. */
  readonly deks: readonly SnapshotFile[]
  readonly storage?: StorageFormat | undefined
}

export interface SnapshotFile {
  /** Unique in files and deks together. */
  readonly id: number
  /** Relative to the snapshot, with forward slashes; checked to lead nowhere else. */
  readonly path: string
  readonly sizeBytes: bigint
  /** Lower-case hexadecimal, of the first `sizeBytes` bytes. Newer servers leave it out unless told otherwise. */
  readonly sha512?: string | undefined
}

export interface StorageFormat {
  readonly backend: string
  readonly version?: number | undefined
}

export const MAX_MANIFEST_BYTES = 16 << 20
const MAX_FILES = 100_000
const MAX_PATH_BYTES = 4096
const FORMAT = 'snapshot manifest'

/** Also what a request may carry as its key: a name of a folder at both ends. */
export const snapshotUuid = z.string().regex(/^[0-9A-Za-z-]{1,64}$/)

const file = z.object({
  id: z.number().int().min(0),
  path: z.string().min(1).max(MAX_PATH_BYTES),
  size: z.string(),
  sha512: z
    .string()
    .regex(/^[0-9a-f]{128}$/)
    .optional(),
})

const schema = z.object({
  uuid: snapshotUuid,
  vbid: z.number().int().min(0).max(0xffff),
  files: z.array(file).max(MAX_FILES).default([]),
  deks: z.array(file).max(MAX_FILES).default([]),
  storage: z.object({ backend: z.string().max(100), version: z.number().int().min(0).optional() }).optional(),
})

/**
 * Takes a manifest only when it is harmless: no path out of its folder, nothing twice, no size that is a JSON number.
 *
 * @throws ProtocolError
 */
export function decodeManifest(value: Uint8Array): SnapshotManifest {
  if (value.length > MAX_MANIFEST_BYTES) throw violation('size', `${value.length} bytes`)
  const json = parseJson(value)
  if (json === undefined) throw violation('text', 'it is not JSON')
  const parsed = schema.safeParse(json)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw violation(issue?.path.join('.') || 'text', issue?.message ?? 'it is not as expected')
  }
  const { uuid, vbid, storage } = parsed.data
  const manifest = { uuid, vbid, files: parsed.data.files.map(toFile), deks: parsed.data.deks.map(toFile), storage }
  requireDistinct([...manifest.files, ...manifest.deks])
  return manifest
}

export function encodeManifest(manifest: SnapshotManifest): Uint8Array {
  const files = (list: readonly SnapshotFile[]) =>
    list.map(({ id, path, sha512, sizeBytes }) => ({ id, path, ...(sha512 && { sha512 }), size: String(sizeBytes) }))
  const { uuid, vbid, storage } = manifest
  return Buffer.from(
    JSON.stringify({
      deks: files(manifest.deks),
      files: files(manifest.files),
      ...(storage && { storage }),
      uuid,
      vbid,
    }),
  )
}

/** Whether a path from a manifest stays where it belongs on every system (§8). */
export function isSafePath(path: string): boolean {
  if (path.includes('\0') || path.includes('\\') || /^[A-Za-z]:/.test(path)) return false
  return path.split('/').every((part) => part !== '' && part !== '.' && part !== '..')
}

function toFile({ id, path, size, sha512 }: z.infer<typeof file>): SnapshotFile {
  const sizeBytes = parseDigits(size)
  if (sizeBytes === undefined) throw violation('size', 'it is not a whole number below 2^63, written as a string')
  if (!isSafePath(path)) throw violation('path', 'it leads out of the snapshot')
  return { id, path, sizeBytes, sha512 }
}

/** The name of the manifest itself is taken as well: it lies in the same folder. Paths may not run through files. */
function requireDistinct(files: readonly SnapshotFile[]): void {
  const ids = new Set<number>()
  const paths = new Set<string>(['manifest.json'])
  for (const { id, path } of files) {
    if (ids.has(id)) throw violation('id', `${id} occurs twice`)
    if (paths.has(path)) throw violation('path', 'two files have the same')
    ids.add(id)
    paths.add(path)
  }
  for (const { path } of files) {
    for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1)) {
      if (paths.has(path.slice(0, at))) throw violation('path', 'a file is also a folder')
    }
  }
}

function violation(field: string, problem: string): ProtocolError {
  return new ProtocolError(FORMAT, field, 0, problem)
}
