import { ProtocolError } from '../../../src-shared/errors.ts'
import type { RecordFraming } from '../archive-window.ts'

/**
 * The records of a catar (spec casync §10.1): `size u64 ‖ type u64 ‖ body`, little-endian, no padding, and `size` counts
 * the header. The low half of a type alone tells all of them apart, so the code goes by that half, as a number, and the
 * high half is checked once, when a header is read.
 */
export const recordType = {
  entry: 0xea5bbb51,
  user: 0xaeeaccb3,
  group: 0x69396a52,
  xattr: 0xf80bc486,
  aclUser: 0x2ef12faf,
  aclGroup: 0x6cb3dd0b,
  aclGroupObject: 0x441f38f3,
  aclDefault: 0x823c8cd0,
  aclDefaultUser: 0xbd010a91,
  aclDefaultGroup: 0x782d1f51,
  selinux: 0x2fd26c59,
  capability: 0xafed0629,
  quotaProjectId: 0x8772a72b,
  symlink: 0x830e0d6c,
  device: 0x69dfe643,
  payload: 0xd6dcffc9,
  filename: 0xb3161f0b,
  goodbye: 0x8327c403,
} as const

export type RecordType = (typeof recordType)[keyof typeof recordType]

/** At the end of every GOODBYE table. */
export const goodbyeMarker = { low: 0x33702943, high: 0x57446fa5 } as const

export const headerBytes = 16
/** Of an item of a GOODBYE table, and of the tail behind the items. */
export const itemBytes = 24

/** Limits of the format, without the NUL at the end. */
export const maxNameBytes = 255
export const maxTargetBytes = 4095
export const maxLabelBytes = 4095
export const maxXattrValueBytes = 65_536
export const maxCapabilityBytes = 65_536

/** Folders and what is in the last of them: casync gives up beyond (spec §10.6), so nothing deeper is written. */
export const maxWrittenDepth = 64
/** Ours, for reading: far above what PATH_MAX lets anybody reach, low enough that an archive cannot eat memory. */
export const maxReadDepth = 16_384
/** Ours: what one node may carry in attributes. Linux cannot list more than 64 KiB of xattr names. */
export const maxEntryAttributesBytes = 16 << 20

interface KnownRecord {
  readonly name: string
  readonly high: number
  readonly minBytes: number
  readonly maxBytes: number
}

const nameBody: [number, number] = [2, maxNameBytes + 1]
const aclBody: [number, number] = [16, 16 + maxNameBytes + 1]

/** Names as the format spells them, high halves, and how long bodies may be. */
const knownRecords: ReadonlyMap<number, KnownRecord> = new Map([
  known(recordType.entry, 'ENTRY', 0x1396fabc, [48, 48]),
  known(recordType.user, 'USER', 0xf453131a, nameBody),
  known(recordType.group, 'GROUP', 0x25eb6ac9, nameBody),
  known(recordType.xattr, 'XATTR', 0xb8157091, [2, maxNameBytes + 1 + maxXattrValueBytes]),
  known(recordType.aclUser, 'ACL_USER', 0x297dc88b, aclBody),
  known(recordType.aclGroup, 'ACL_GROUP', 0x36f2acb5, aclBody),
  known(recordType.aclGroupObject, 'ACL_GROUP_OBJ', 0x23047110, [8, 8]),
  known(recordType.aclDefault, 'ACL_DEFAULT', 0xfe3eeda6, [32, 32]),
  known(recordType.aclDefaultUser, 'ACL_DEFAULT_USER', 0xbdf03df9, aclBody),
  known(recordType.aclDefaultGroup, 'ACL_DEFAULT_GROUP', 0xa0cb1168, aclBody),
  known(recordType.selinux, 'SELINUX', 0x46faf060, [2, maxLabelBytes + 1]),
  known(recordType.capability, 'FCAPS', 0xf7267db0, [1, maxCapabilityBytes]),
  known(recordType.quotaProjectId, 'QUOTA_PROJID', 0x161baf2d, [8, 8]),
  known(recordType.symlink, 'SYMLINK', 0x664a6fb6, [2, maxTargetBytes + 1]),
  known(recordType.device, 'DEVICE', 0xac3dace3, [16, 16]),
  known(recordType.payload, 'PAYLOAD', 0x8b9e1d93, [0, Number.MAX_SAFE_INTEGER]),
  known(recordType.filename, 'FILENAME', 0x6dbb6ebc, nameBody),
  known(recordType.goodbye, 'GOODBYE', 0xdfd35c5e, [itemBytes, Number.MAX_SAFE_INTEGER]),
])

function known(
  type: number,
  name: string,
  high: number,
  [minBytes, maxBytes]: [number, number],
): [number, KnownRecord] {
  return [type, { name, high, minBytes, maxBytes }]
}

export interface RecordHeader {
  readonly type: RecordType
  /** Bytes after the header. */
  readonly bodyBytes: number
}

/**
 * Reads a header at `at` of `view`; `offset` is where that is in the archive. Refuses unknown types, and sizes beyond
 * the limits of the type: only PAYLOAD and GOODBYE have none.
 */
export function readHeader(view: DataView, at: number, offset: number): RecordHeader {
  const low = view.getUint32(at + 8, true)
  const high = view.getUint32(at + 12, true)
  const record = knownRecords.get(low)
  if (record === undefined || record.high !== high) {
    throw corrupt('record type', offset + 8, `unknown type ${hex(high)}${hex(low)}`)
  }
  const sizeHigh = view.getUint32(at + 4, true)
  const size = sizeHigh * 2 ** 32 + view.getUint32(at, true)
  const bodyBytes = size - headerBytes
  if (sizeHigh >= 2 ** 21 || bodyBytes < record.minBytes || bodyBytes > record.maxBytes) {
    throw corrupt(`${record.name} size`, offset, `impossible size ${size}`)
  }
  // The map has exactly the values of recordType as keys, so what it found is one of them.
  return { type: low as RecordType, bodyBytes }
}

export function highHalf(type: RecordType): number {
  return knownRecords.get(type)?.high ?? 0
}

/** The name the format gives a record, for messages. */
export function recordName(type: RecordType): string {
  return knownRecords.get(type)?.name ?? hex(type)
}

/** Records that are never held in memory as a whole. */
export function isStreamed({ type }: RecordHeader): boolean {
  return type === recordType.payload || type === recordType.goodbye
}

/** A length or position as a number, which is exact below 2^53. */
export function toSafeNumber(value: bigint, field: string, offset: bigint | number): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw corrupt(field, offset, `${value} is more than this program can count`)
  }
  return Number(value)
}

/** What the messages call the format. */
export const catarFormat = 'catar'

export function corrupt(field: string, offset: bigint | number, problem: string): ProtocolError {
  return new ProtocolError(catarFormat, field, offset, problem)
}

/** For windows on an archive. */
export const recordFraming: RecordFraming<RecordHeader> = {
  headerBytes,
  headerField: 'record header',
  ownerWord: 'node',
  readHeader,
  nameOf: ({ type }) => recordName(type),
  isStreamed,
  toSafeNumber,
  corrupt,
}

const hex = (half: number): string => half.toString(16).padStart(8, '0')
