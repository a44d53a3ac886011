import { ProtocolError } from '../../../src-shared/errors.ts'
import type { RecordFraming } from '../archive-window.ts'
import { writeU64 } from '../u64.ts'

/**
 * The items of a pxar archive (spec pbs §7.1): `type u64 ‖ size u64 ‖ body`, little-endian, no padding, and `size`
 * counts the header. A type is the SipHash-2-4 of a name. Its low half alone tells all of them apart, so the code goes
 * by that half, as a number, and the high half is checked once, when a header is read.
 */
export const itemType = {
  formatVersion: 0xdf16a40d,
  entry: 0xe588acef,
  entryV1: 0x1c1cceff,
  prelude: 0x9f7b771b,
  filename: 0x063917b3,
  symlink: 0xdbf5dc5f,
  device: 0x586d5ce9,
  xattr: 0xb57dcd03,
  aclUser: 0x457d55b8,
  aclGroup: 0xb04c03ab,
  aclGroupObject: 0xe9582876,
  aclDefault: 0x5a6896f5,
  aclDefaultUser: 0x0532cd1f,
  aclDefaultGroup: 0x16038ffe,
  capability: 0xb5f7fb67,
  quotaProjectId: 0x2f7d1cbb,
  hardlink: 0x22bd7275,
  payload: 0x0b7c1a25,
  payloadRef: 0xc4ba977e,
  goodbye: 0x42d5731d,
  payloadStartMarker: 0x194a4ed2,
  payloadTailMarker: 0x984c81b5,
} as const

export type ItemType = (typeof itemType)[keyof typeof itemType]

/** Stands as hash in the last row of a GOODBYE table. */
export const goodbyeTailMarker = { low: 0x753e1555, high: 0xef5eed5b } as const

export const headerBytes = 16
export const formatVersion2 = 2

/** Limits of the format (§7.3). */
export const maxNameBytes = 4096
export const maxTargetBytes = 4096
export const maxAttributeBytes = 255 + 65536

/** Ours: what one entry may carry in attributes. Linux cannot list more than 64 KiB of xattr names. */
export const maxEntryAttributesBytes = 16 << 20
/** Ours: the prelude is a list of patterns from a command line. */
export const maxPreludeBytes = 16 << 20
/** Ours: far above what PATH_MAX lets anybody reach by a path, low enough that a hostile archive cannot eat memory. */
export const maxDepth = 16_384

interface KnownItem {
  readonly name: string
  readonly high: number
  readonly minBytes: number
  readonly maxBytes: number
}

/** Names as the format spells them, high halves, and how long bodies may be. */
const knownItems: ReadonlyMap<number, KnownItem> = new Map([
  known(itemType.formatVersion, 'FORMAT_VERSION', 0x730f6c75, [8, 8]),
  known(itemType.entry, 'ENTRY', 0xd5956474, [40, 40]),
  known(itemType.entryV1, 'ENTRY_V1', 0x11da850a, [32, 32]),
  known(itemType.prelude, 'PRELUDE', 0xe309d79d, [0, maxPreludeBytes]),
  known(itemType.filename, 'FILENAME', 0x16701121, [2, maxNameBytes + 1]),
  known(itemType.symlink, 'SYMLINK', 0x27f971e7, [2, maxTargetBytes + 1]),
  known(itemType.device, 'DEVICE', 0x9fc9e906, [16, 16]),
  known(itemType.xattr, 'XATTR', 0x0dab0229, [2, maxAttributeBytes]),
  known(itemType.aclUser, 'ACL_USER', 0x2ce8540a, [16, 16]),
  known(itemType.aclGroup, 'ACL_GROUP', 0x136e3ece, [16, 16]),
  known(itemType.aclGroupObject, 'ACL_GROUP_OBJ', 0x10868031, [8, 8]),
  known(itemType.aclDefault, 'ACL_DEFAULT', 0xbbbb1341, [32, 32]),
  known(itemType.aclDefaultUser, 'ACL_DEFAULT_USER', 0xc89357b4, [16, 16]),
  known(itemType.aclDefaultGroup, 'ACL_DEFAULT_GROUP', 0xf90a8a58, [16, 16]),
  known(itemType.capability, 'FCAPS', 0x2da9dd9d, [0, maxAttributeBytes]),
  known(itemType.quotaProjectId, 'QUOTA_PROJID', 0xe07540e8, [8, 8]),
  known(itemType.hardlink, 'HARDLINK', 0x51269c84, [10, 8 + maxTargetBytes + 1]),
  known(itemType.payload, 'PAYLOAD', 0x28147a1b, [0, Number.MAX_SAFE_INTEGER]),
  known(itemType.payloadRef, 'PAYLOAD_REF', 0x419d3d6b, [16, 16]),
  known(itemType.goodbye, 'GOODBYE', 0x2fec4fa6, [24, Number.MAX_SAFE_INTEGER]),
  known(itemType.payloadStartMarker, 'PAYLOAD_START_MARKER', 0x834c68c2, [0, 0]),
  known(itemType.payloadTailMarker, 'PAYLOAD_TAIL_MARKER', 0x6c72b78b, [0, 0]),
])

function known(type: number, name: string, high: number, [minBytes, maxBytes]: [number, number]): [number, KnownItem] {
  return [type, { name, high, minBytes, maxBytes }]
}

/** A length, position or size as a number, which is exact below 2^53. */
export function toSafeNumber(value: bigint, field: string, offset: bigint | number): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER))
    throw corrupt(field, offset, `${value} is more than this program can count`)
  return Number(value)
}

export interface ItemHeader {
  readonly type: ItemType
  /** Bytes after the header. */
  readonly bodyBytes: number
}

/**
 * Reads a header at `at` of `view`; `offset` is where that is in the archive. Refuses unknown types, and sizes beyond
 * the limits of the type: only PAYLOAD and GOODBYE have none.
 */
export function readHeader(view: DataView, at: number, offset: number): ItemHeader {
  const low = view.getUint32(at, true)
  const high = view.getUint32(at + 4, true)
  const item = knownItems.get(low)
  if (item === undefined || item.high !== high)
    throw corrupt('item type', offset, `unknown type ${hex(high)}${hex(low)}`)
  const sizeHigh = view.getUint32(at + 12, true)
  const size = sizeHigh * 2 ** 32 + view.getUint32(at + 8, true)
  const bodyBytes = size - headerBytes
  if (sizeHigh >= 2 ** 21 || bodyBytes < item.minBytes || bodyBytes > item.maxBytes) {
    throw corrupt(`${item.name} size`, offset + 8, `impossible size ${size}`)
  }
  // The map has exactly the values of itemType as keys, so what it found is one of them.
  return { type: low as ItemType, bodyBytes }
}

export function writeHeader(view: DataView, at: number, type: ItemType, bodyBytes: number): void {
  view.setUint32(at, type, true)
  view.setUint32(at + 4, highHalf(type), true)
  writeU64(view, at + 8, bodyBytes + headerBytes)
}

/** The name the format gives an item, for messages. */
export function itemName(type: ItemType): string {
  return knownItems.get(type)?.name ?? hex(type)
}

/** Items that are never loaded as a whole. */
export function isStreamed({ type }: ItemHeader): boolean {
  return type === itemType.payload || type === itemType.goodbye
}

export function highHalf(type: ItemType): number {
  return knownItems.get(type)?.high ?? 0
}

/** What the messages call the format. */
export const pxarFormat = 'pxar'

export function corrupt(field: string, offset: bigint | number, problem: string): ProtocolError {
  return new ProtocolError(pxarFormat, field, offset, problem)
}

/** For windows on an archive. */
export const itemFraming: RecordFraming<ItemHeader> = {
  headerBytes,
  headerField: 'item header',
  ownerWord: 'entry',
  readHeader,
  nameOf: ({ type }) => itemName(type),
  isStreamed,
  toSafeNumber,
  corrupt,
}

const hex = (half: number): string => half.toString(16).padStart(8, '0')
