import { HoldfastError, ProtocolError } from '../../../../src-shared/errors.ts'
import { bodyBytesForFile, CheckedBody, fileBytesInBody } from '../wire/checked-body.ts'
import { datatype } from '../wire/datatype.ts'
import type { Dialect } from '../wire/dialect.ts'
import { encodeFragmentRequest } from '../wire/fragment-request.ts'
import { FORMAT } from '../wire/header.ts'
import { decodeManifest, type SnapshotFile, type SnapshotManifest } from '../wire/manifest.ts'
import { opcode } from '../wire/opcode.ts'
import { status } from '../wire/status.ts'
import { encodeConstraint, type StorageConstraint } from '../wire/storage-constraint.ts'
import { decodeVbSeqnos } from '../wire/vb-seqnos.ts'
import type { ClientConnection } from './connection.ts'
import { hasStatus, StatusError } from './failures.ts'

export interface PreparedSnapshot {
  readonly manifest: SnapshotManifest
  /** As it came: what is stored is what the node said. */
  readonly manifestBytes: Uint8Array
  readonly dialect: Dialect
}

/** A node that has any storage serves: files are kept, not opened. */
const anyStorage: StorageConstraint = { backend: '' }

/** Asks in the form the node is known to take, in the newer one first (spec couchbase §1). */
export async function prepareSnapshot(
  connection: ClientConnection,
  { vbid, dialect }: { readonly vbid: number; readonly dialect: Dialect | undefined },
  signal: AbortSignal,
): Promise<PreparedSnapshot> {
  const first = dialect ?? 's9'
  try {
    return await prepareAs(connection, { vbid, dialect: first }, signal)
  } catch (error) {
    if (!hasStatus(error, status.einval)) throw error
    return prepareAs(connection, { vbid, dialect: first === 's9' ? 's8' : 's9' }, signal)
  }
}

async function prepareAs(
  connection: ClientConnection,
  { vbid, dialect }: { readonly vbid: number; readonly dialect: Dialect },
  signal: AbortSignal,
): Promise<PreparedSnapshot> {
  const form = dialect === 's9' ? { datatype: datatype.json, value: encodeConstraint(anyStorage) } : {}
  const { value } = await connection.request({ opcode: opcode.prepareSnapshot, vbucket: vbid, ...form }, signal)
  const manifest = decodeManifest(value)
  if (manifest.vbid !== vbid) {
    throw new ProtocolError('snapshot manifest', 'vbid', 0, `it is of ${manifest.vbid}, asked was ${vbid}`)
  }
  return { manifest, manifestBytes: value, dialect }
}

/** True when there was something to release. */
export async function releaseSnapshot(
  connection: ClientConnection,
  target: { readonly uuid: string } | { readonly vbid: number },
  signal: AbortSignal,
): Promise<boolean> {
  const parts = 'uuid' in target ? { key: Buffer.from(target.uuid) } : { vbucket: target.vbid }
  const answer = await connection.ask({ opcode: opcode.releaseSnapshot, ...parts }, signal)
  const code = answer.header.vbucketOrStatus
  if (code !== status.success && code !== status.keyEnoent) throw new StatusError(answer)
  return code === status.success
}

export type SnapshotStatus = 'none' | 'running' | 'failed' | 'incomplete' | 'available'
const statuses = new Set<string>(['none', 'running', 'failed', 'incomplete', 'available'])

/** What a node says of its snapshot of a vbucket. Undefined when it does not say, or says something new. */
export async function askSnapshotStatus(
  connection: ClientConnection,
  vbid: number,
  signal: AbortSignal,
): Promise<SnapshotStatus | undefined> {
  try {
    const rows = await connection.rows({ opcode: opcode.stat, key: Buffer.from(`snapshot-status ${vbid}`) }, signal)
    const word = rows.get(`vb_${vbid}:status`)
    return word !== undefined && statuses.has(word) ? (word as SnapshotStatus) : undefined // just looked up
  } catch (error) {
    if (error instanceof StatusError) return undefined // may lack the right to ask
    throw error
  }
}

/** Highest sequence numbers of the vbuckets that are active on a node. Undefined when it does not say. */
export async function askSeqnos(
  connection: ClientConnection,
  signal: AbortSignal,
): Promise<ReadonlyMap<number, bigint> | undefined> {
  const answer = await connection.ask({ opcode: opcode.getAllVbSeqnos }, signal)
  return answer.header.vbucketOrStatus === status.success ? decodeVbSeqnos(answer.value) : undefined
}

/** Waits until everything up to a sequence number is in the file. False when the node did not say that it is. */
export async function awaitPersistence(
  connection: ClientConnection,
  { vbid, seqno }: { readonly vbid: number; readonly seqno: bigint },
  signal: AbortSignal,
): Promise<boolean> {
  const extras = Buffer.alloc(8)
  extras.writeBigUInt64BE(seqno)
  const answer = await connection.ask({ opcode: opcode.seqnoPersistence, vbucket: vbid, extras }, signal)
  return answer.header.vbucketOrStatus === status.success
}

export interface FragmentQuestion {
  readonly uuid: string
  readonly file: SnapshotFile
  readonly offset: bigint
  /** 0 is without checksums; only for nodes that know them. */
  readonly checksumLength: number
}

/** Progress, and an end to cancel at, at least this often. */
const MAX_FRAGMENT_BYTES = 64n << 20n

/**
 * One fragment of a file: what the node sends may be less than the rest of the file, never more than was asked for.
 * Pieces are valid until the next is asked for; with checksums they have been checked.
 */
export async function* readFragment(
  connection: ClientConnection,
  { uuid, file, offset, checksumLength }: FragmentQuestion,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  const left = file.sizeBytes - offset
  const length = left < MAX_FRAGMENT_BYTES ? left : MAX_FRAGMENT_BYTES
  const piece = Math.min(checksumLength, Number(length))
  const value = encodeFragmentRequest({ id: file.id, offset, length, checksumLength: BigInt(piece) })
  const request = { opcode: opcode.getFileFragment, key: Buffer.from(uuid), value }
  const answer = await connection.stream(request, signal)
  try {
    const { bodyLength } = answer.header
    const isPlain =
      piece === 0 || (BigInt(bodyLength) === length && bodyBytesForFile(Number(length), piece) !== bodyLength)
    const fileBytes = isPlain ? bodyLength : fileBytesInBody(bodyLength, piece)
    if (fileBytes === undefined || fileBytes === 0 || BigInt(fileBytes) > length) {
      throw new ProtocolError(FORMAT, 'body length', 8, `${bodyLength} bytes for a fragment of ${length}`)
    }
    if (isPlain) return yield* answer.pieces
    const checked = new CheckedBody(bodyLength, piece)
    for await (const part of answer.pieces) yield* checked.take(part)
  } finally {
    answer.close()
  }
}

/** A file is not what its manifest says. */
export function damaged(path: string, problem: string): HoldfastError {
  return new HoldfastError('couchbase/damaged', { detail: `${path}: ${problem}` })
}
