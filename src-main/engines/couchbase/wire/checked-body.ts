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

/** Takes the sums out of a body, however it was cut on its way, and yields the bytes of the file. */
export class CheckedBody {
  readonly #pieceBytes: number
  readonly #sumBytes = Buffer.alloc(CHECKSUM_BYTES)
  #bodyLeft: number
  #pieceLeft: number
  #sumFilled = 0
  #sum = 0
  #at = 0

  constructor(bodyLength: number, pieceBytes: number) {
    this.#pieceBytes = pieceBytes
    this.#bodyLeft = bodyLength
    this.#pieceLeft = this.#nextPiece()
  }

  /** The file's bytes of one part of the body, as views of it. They come before the sum that vouches for them. */
  *take(part: Uint8Array): Generator<Uint8Array, void, undefined> {
    let at = 0
    while (at < part.length) {
      if (this.#pieceLeft > 0) {
        const data = part.subarray(at, at + this.#pieceLeft)
        this.#sum = crc32c(data, this.#sum)
        this.#pieceLeft -= data.length
        at += data.length
        this.#advance(data.length)
        yield data
      } else {
        const bytes = part.subarray(at, at + CHECKSUM_BYTES - this.#sumFilled)
        this.#sumBytes.set(bytes, this.#sumFilled)
        this.#sumFilled += bytes.length
        at += bytes.length
        this.#advance(bytes.length)
        if (this.#sumFilled === CHECKSUM_BYTES) this.#check()
      }
    }
  }

  #advance(bytes: number): void {
    this.#bodyLeft -= bytes
    this.#at += bytes
  }

  #check(): void {
    if (this.#sumBytes.readUInt32BE() !== this.#sum) throw new ChecksumError(this.#at - CHECKSUM_BYTES)
    this.#sum = 0
    this.#sumFilled = 0
    this.#pieceLeft = this.#nextPiece()
  }

  #nextPiece(): number {
    return Math.min(this.#pieceBytes, Math.max(0, this.#bodyLeft - CHECKSUM_BYTES))
  }
}

/** The sum that follows a piece. */
export function checksumBytes(sum: number): Uint8Array {
  const bytes = Buffer.alloc(CHECKSUM_BYTES)
  bytes.writeUInt32BE(sum)
  return bytes
}
