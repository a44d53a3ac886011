import { ProtocolError } from '../../../src-shared/errors.ts'

/*
 * The end of a zip file, as PKWARE's APPNOTE 4.3 lays it out:
 *
 *   … central headers │ zip64 end record │ zip64 locator │ end record │ comment
 */

/** APPNOTE 4.3.16: the end record and the longest comment behind it. */
export const endBytes = 22
export const maximumTailBytes = endBytes + 0xffff
/** APPNOTE 4.3.15 and 4.3.14, without the extensible data, which nobody writes. */
export const locatorBytes = 20
export const zip64EndBytes = 56
/** APPNOTE 4.3.12: a central header without its name, extra field and comment. */
const headerBytes = 46

const endSignature = 0x0605_4b50
const locatorSignature = 0x0706_4b50
const zip64EndSignature = 0x0606_4b50
const headerSignature = 0x0201_4b50

const limit16 = 0xffff
const limit32 = 0xffff_ffff
const extraZip64 = 0x0001
const extraTimestamp = 0x5455
/** Upper byte of `version made by`: then the upper half of the attributes is st_mode. */
const madeByUnix = 3
const modeType = 0o170000
const modeLink = 0o120000

/** Where the list of entries is, and how many it has. */
export interface DirectoryEnd {
  readonly entries: bigint
  readonly directoryBytes: bigint
}

export interface CentralHeader {
  readonly name: Uint8Array
  readonly kind: 'file' | 'directory' | 'link'
  readonly sizeBytes: bigint
  /** Milliseconds since 1970; undefined where none was stored. */
  readonly modifiedAt: number | undefined
}

/** Where the end record stands in the last bytes of a file, or undefined when that is no zip. The comment reaches to the end. */
export function findEnd(tail: Uint8Array): number | undefined {
  const view = viewOf(tail)
  for (let at = tail.length - endBytes; at >= 0; at--) {
    if (view.getUint32(at, true) !== endSignature) continue
    if (at + endBytes + view.getUint16(at + 20, true) === tail.length) return at
  }
  return undefined
}

/** The end record. `needsZip64`: a field is too small for what it says, so the zip64 record counts. */
export function readEnd(record: Uint8Array): DirectoryEnd & { readonly needsZip64: boolean } {
  const view = viewOf(record)
  const [disk, entries, bytes, offset] = [
    view.getUint16(4, true),
    view.getUint16(10, true),
    view.getUint32(12, true),
    view.getUint32(16, true),
  ]
  const needsZip64 = entries === limit16 || bytes === limit32 || offset === limit32 || disk === limit16
  if (!needsZip64 && disk !== 0)
    throw new ProtocolError('zip', 'number of this disk', 4, `${disk}: only a part is here`)
  return { entries: BigInt(entries), directoryBytes: BigInt(bytes), needsZip64 }
}

/** Where the zip64 end record is said to be, or undefined when this is no locator. */
export function readLocator(record: Uint8Array): bigint | undefined {
  const view = viewOf(record)
  return view.getUint32(0, true) === locatorSignature ? view.getBigUint64(8, true) : undefined
}

export function readZip64End(record: Uint8Array): DirectoryEnd {
  const view = viewOf(record)
  if (view.getUint32(0, true) !== zip64EndSignature) throw new ProtocolError('zip', 'zip64 end record', 0, 'not there')
  return { entries: view.getBigUint64(32, true), directoryBytes: view.getBigUint64(40, true) }
}

/** One header of the list at `at`, and where the next begins; undefined when it is not whole in `bytes`. */
export function readHeader(
  bytes: Uint8Array,
  at: number,
): { readonly header: CentralHeader; readonly next: number } | undefined {
  if (at + headerBytes > bytes.length) return undefined
  const view = viewOf(bytes.subarray(at))
  if (view.getUint32(0, true) !== headerSignature) {
    throw new ProtocolError('zip', 'central header', at, 'its signature is not there')
  }
  const [nameBytes, extraBytes, commentBytes] = [28, 30, 32].map((field) => view.getUint16(field, true))
  // Three offsets were mapped, so there are three lengths.
  const extraAt = at + headerBytes + nameBytes!
  const next = extraAt + extraBytes! + commentBytes!
  if (next > bytes.length) return undefined
  const name = bytes.slice(at + headerBytes, extraAt)
  const extra = readExtra(bytes.subarray(extraAt, extraAt + extraBytes!))
  const size32 = view.getUint32(24, true)
  const mode = view.getUint8(5) === madeByUnix ? view.getUint32(38, true) >>> 16 : 0
  return {
    header: {
      name,
      kind: name.at(-1) === 0x2f ? 'directory' : (mode & modeType) === modeLink ? 'link' : 'file',
      sizeBytes: size32 === limit32 ? (extra.sizeBytes ?? BigInt(size32)) : BigInt(size32),
      modifiedAt: extra.modifiedAt ?? dosTime(view.getUint16(12, true), view.getUint16(14, true)),
    },
    next,
  }
}

/** The long size is the first of the zip64 field when it is there (APPNOTE 4.5.3); Unix seconds are Info-ZIP's. */
function readExtra(extra: Uint8Array): { sizeBytes?: bigint; modifiedAt?: number } {
  const view = viewOf(extra)
  const found: { sizeBytes?: bigint; modifiedAt?: number } = {}
  for (let at = 0; at + 4 <= extra.length; ) {
    const [id, length] = [view.getUint16(at, true), view.getUint16(at + 2, true)]
    const body = at + 4
    if (body + length > extra.length) break // not ours to judge: the list is read without it
    if (id === extraZip64 && length >= 8) found.sizeBytes = view.getBigUint64(body, true)
    if (id === extraTimestamp && length >= 5 && (view.getUint8(body) & 1) === 1) {
      found.modifiedAt = view.getInt32(body + 1, true) * 1000
    }
    at = body + length
  }
  return found
}

/** In the local time of whoever packed it; that of this computer is the best guess. Zero, or a day that is none, is no time. */
function dosTime(time: number, day: number): number | undefined {
  const [year, month, date] = [(day >> 9) + 1980, (day >> 5) & 15, day & 31]
  if (month < 1 || month > 12 || date < 1) return undefined
  return new Date(year, month - 1, date, time >> 11, (time >> 5) & 63, (time & 31) * 2).getTime()
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
