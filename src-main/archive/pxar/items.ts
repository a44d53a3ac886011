import { ProtocolError } from '../../../src-shared/errors.ts'

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

/** Names as the format spells them, and the high halves. */
const knownItems: ReadonlyMap<number, { readonly name: string; readonly high: number }> = new Map([
  [itemType.formatVersion, { name: 'FORMAT_VERSION', high: 0x730f6c75 }],
  [itemType.entry, { name: 'ENTRY', high: 0xd5956474 }],
  [itemType.entryV1, { name: 'ENTRY_V1', high: 0x11da850a }],
  [itemType.prelude, { name: 'PRELUDE', high: 0xe309d79d }],
  [itemType.filename, { name: 'FILENAME', high: 0x16701121 }],
  [itemType.symlink, { name: 'SYMLINK', high: 0x27f971e7 }],
  [itemType.device, { name: 'DEVICE', high: 0x9fc9e906 }],
  [itemType.xattr, { name: 'XATTR', high: 0x0dab0229 }],
  [itemType.aclUser, { name: 'ACL_USER', high: 0x2ce8540a }],
  [itemType.aclGroup, { name: 'ACL_GROUP', high: 0x136e3ece }],
  [itemType.aclGroupObject, { name: 'ACL_GROUP_OBJ', high: 0x10868031 }],
  [itemType.aclDefault, { name: 'ACL_DEFAULT', high: 0xbbbb1341 }],
  [itemType.aclDefaultUser, { name: 'ACL_DEFAULT_USER', high: 0xc89357b4 }],
  [itemType.aclDefaultGroup, { name: 'ACL_DEFAULT_GROUP', high: 0xf90a8a58 }],
  [itemType.capability, { name: 'FCAPS', high: 0x2da9dd9d }],
  [itemType.quotaProjectId, { name: 'QUOTA_PROJID', high: 0xe07540e8 }],
  [itemType.hardlink, { name: 'HARDLINK', high: 0x51269c84 }],
  [itemType.payload, { name: 'PAYLOAD', high: 0x28147a1b }],
  [itemType.payloadRef, { name: 'PAYLOAD_REF', high: 0x419d3d6b }],
  [itemType.goodbye, { name: 'GOODBYE', high: 0x2fec4fa6 }],
  [itemType.payloadStartMarker, { name: 'PAYLOAD_START_MARKER', high: 0x834c68c2 }],
  [itemType.payloadTailMarker, { name: 'PAYLOAD_TAIL_MARKER', high: 0x6c72b78b }],
])

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

/** Reads a header at `at` of `view`; `offset` is where that is in the archive. */
export function readHeader(view: DataView, at: number, offset: number): ItemHeader {
  const low = view.getUint32(at, true)
  const high = view.getUint32(at + 4, true)
  const known = knownItems.get(low)
  if (known === undefined || known.high !== high)
    throw corrupt('item type', offset, `unknown type ${hex(high)}${hex(low)}`)
  const sizeHigh = view.getUint32(at + 12, true)
  const size = sizeHigh * 2 ** 32 + view.getUint32(at + 8, true)
  if (sizeHigh >= 2 ** 21 || size < headerBytes)
    throw corrupt(`${known.name} size`, offset + 8, `impossible size ${size}`)
  // The map has exactly the values of itemType as keys, so what it found is one of them.
  return { type: low as ItemType, bodyBytes: size - headerBytes }
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

export function highHalf(type: ItemType): number {
  return knownItems.get(type)?.high ?? 0
}

export function writeU64(view: DataView, at: number, value: number): void {
  view.setUint32(at, value % 2 ** 32, true)
  view.setUint32(at + 4, value / 2 ** 32, true)
}

export function corrupt(field: string, offset: bigint | number, problem: string): ProtocolError {
  return new ProtocolError('pxar', field, offset, problem)
}

const hex = (half: number): string => half.toString(16).padStart(8, '0')
