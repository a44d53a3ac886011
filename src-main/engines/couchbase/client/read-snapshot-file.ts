import { ChecksumError } from '../wire/checked-body.ts'
import type { SnapshotFile } from '../wire/manifest.ts'
import { status } from '../wire/status.ts'
import { hasStatus, isWorthRetrying, SnapshotGoneError } from './failures.ts'
import type { NodeLink } from './node-link.ts'
import { Patience, type PatienceOptions } from './patience.ts'
import { readFragment } from './snapshot-requests.ts'

/** Sums on connections without TLS, where the node knows them (spec couchbase §7.1). */
const CHECKSUM_BYTES_COVERED = 512 << 10
/** Wrong sums in a row, or after one good piece each: the line is not worth it. */
const MAX_CHECKSUM_ERRORS = 5

export interface SnapshotFileQuestion extends PatienceOptions {
  readonly uuid: string
  readonly file: SnapshotFile
  /** What of it is there already. */
  readonly offset?: bigint | undefined
  readonly isSecure: boolean
  /** Asked after a lost connection; false when the snapshot is of no use any more. */
  readonly isStillThere?: (() => Promise<boolean>) | undefined
}

/**
 * The bytes of a file, whatever happens to the connection: it goes on where it was cut. Pieces are valid until the next
 * is asked for.
 *
 * @throws SnapshotGoneError when the snapshot has to be prepared anew
 */
export async function* readSnapshotFile(
  node: NodeLink,
  question: SnapshotFileQuestion,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { uuid, file, isSecure } = question
  const patience = new Patience(question)
  let offset = question.offset ?? 0n
  let checksumErrors = 0
  while (offset < file.sizeBytes) {
    const isChecked = !isSecure && node.dialect === 's9' && !node.isChecksumRefused
    try {
      const checksumLength = isChecked ? CHECKSUM_BYTES_COVERED : 0
      const at = offset
      const pieces = node.withData(
        (connection) => readFragment(connection, { uuid, file, offset: at, checksumLength }, signal),
        signal,
      )
      for await (const piece of pieces) {
        offset += BigInt(piece.length)
        patience.progress()
        yield piece
      }
    } catch (error) {
      const isGone = hasStatus(error, status.keyEnoent) || hasStatus(error, status.notMyVbucket)
      if (isGone) throw new SnapshotGoneError(`${uuid} is gone`, { cause: error })
      if (isChecked && hasStatus(error, status.einval)) {
        node.isChecksumRefused = true
        continue
      }
      const isChecksum = error instanceof ChecksumError && ++checksumErrors < MAX_CHECKSUM_ERRORS
      if (!isChecksum && !isWorthRetrying(error)) throw error
      await patience.afterFailure(error, signal)
      if ((await question.isStillThere?.()) === false) {
        throw new SnapshotGoneError(`the vbucket of ${uuid} has moved`, { cause: error })
      }
    }
  }
}
