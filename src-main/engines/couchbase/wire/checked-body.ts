import { crc32c } from '@node-rs/crc32'
import { ProtocolError } from '../../../../src-shared/errors.ts'
import { FORMAT } from './header.ts'

/**
 * The body of a fragment with checksums (spec couchbase §7.1): `{N bytes}{CRC32C}…{1 to N bytes}{CRC32C}`, each sum
 * four bytes big-endian, beginning anew.
 */
export const CHECKSUM_BYTES = 4

/** How many bytes of the file are in a body. Undefined when no such body has that length. */
export function fileBytesInBody(bodyLength: number, pieceBytes: number): number | undefined {
  const stride = pieceBytes + CHECKSUM_BYTES
  const whole = Math.floor(bodyLength / stride)
  const rest = bodyLength % stride
  if (rest > 0 && rest <= CHECKSUM_BYTES) return undefined
  return whole * pieceBytes + (rest > 0 ? rest - CHECKSUM_BYTES : 0)
}

/** How long the body for that many bytes of the file is. */
export function bodyBytesForFile(fileBytes: number, pieceBytes: number): number {
  return fileBytes + Math.ceil(fileBytes / pieceBytes) * CHECKSUM_BYTES
}

/** Wrong bytes arrived: to be asked for again. */
export class ChecksumError extends ProtocolError {
  constructor(at: number) {
    super(FORMAT, 'CRC32C', at, 'the bytes do not match it')
  }
}

/** Takes the sums out of a body, however it was cut on its way, and yields what they vouch for. */
export class CheckedBody {
  readonly #piece: Buffer
  readonly #sumBytes = Buffer.alloc(CHECKSUM_BYTES)
  #bodyLeft: number
  #pieceLength: number
  #pieceFilled = 0
  #sumFilled = 0
  #at = 0

  /** `pieceBytes` is what we asked for: it is our own memory. */
  constructor(bodyLength: number, pieceBytes: number) {
    this.#piece = Buffer.allocUnsafe(Math.min(pieceBytes, bodyLength))
    this.#bodyLeft = bodyLength
    this.#pieceLength = this.#nextPiece()
  }

  /** Each yield is a whole piece whose sum has been checked. It is valid until the next is asked for. */
  *take(part: Uint8Array): Generator<Uint8Array, void, undefined> {
    let rest = part
    while (rest.length > 0) {
      const wanted = this.#pieceLength - this.#pieceFilled
      const bytes = rest.subarray(0, wanted > 0 ? wanted : CHECKSUM_BYTES - this.#sumFilled)
      rest = rest.subarray(bytes.length)
      this.#bodyLeft -= bytes.length
      this.#at += bytes.length
      if (wanted > 0) {
        this.#piece.set(bytes, this.#pieceFilled)
        this.#pieceFilled += bytes.length
        continue
      }
      this.#sumBytes.set(bytes, this.#sumFilled)
      this.#sumFilled += bytes.length
      if (this.#sumFilled < CHECKSUM_BYTES) continue
      const piece = this.#piece.subarray(0, this.#pieceFilled)
      if (this.#sumBytes.readUInt32BE() !== crc32c(piece)) throw new ChecksumError(this.#at - CHECKSUM_BYTES)
      this.#sumFilled = 0
      this.#pieceFilled = 0
      this.#pieceLength = this.#nextPiece()
      yield piece
    }
  }

  #nextPiece(): number {
    return Math.min(this.#piece.length, Math.max(0, this.#bodyLeft - CHECKSUM_BYTES))
  }
}

/** The sum that follows a piece. */
export function checksumBytes(sum: number): Uint8Array {
  const bytes = Buffer.alloc(CHECKSUM_BYTES)
  bytes.writeUInt32BE(sum)
  return bytes
}
