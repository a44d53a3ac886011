/**
 * What the ioctls of Btrfs take and give (linux/btrfs.h), in the byte order of this machine, which is little-endian wherever
 * Electron runs. The numbers are those of the architectures that number ioctls the usual way.
 */
export const btrfsRequest = {
  snapshotDestroy: 0x5000940f,
  snapshotCreate: 0x50009417,
  setFlags: 0x4008941a,
  info: 0x81f8943c,
  children: 0xd000943d,
  pathOfChild: 0xd000943e,
} as const

/** BTRFS_FIRST_FREE_OBJECTID: the inode number of the top folder of each subvolume, and of nothing else. */
export const subvolumeTopInode = 256n
/** BTRFS_SUBVOL_RDONLY. */
const readOnlyFlag = 2n
/** BTRFS_ROOT_SUBVOL_RDONLY, which is how a subvolume says the same of itself. */
const isReadOnlyFlag = 1n
/** BTRFS_SUBVOL_NAME_MAX of struct btrfs_ioctl_vol_args_v2; a folder's name ends at 255 anyway. */
const longestName = 255

/** struct btrfs_ioctl_vol_args_v2: descriptor, transaction, flags, four reserved words, name. */
export function encodeSnapshot(sourceFd: number, name: string): Buffer {
  const message = Buffer.alloc(4096)
  message.writeBigInt64LE(BigInt(sourceFd), 0)
  message.writeBigUInt64LE(readOnlyFlag, 16)
  writeName(message, name, 56)
  return message
}

/** struct btrfs_ioctl_vol_args: descriptor, name. */
export function encodeDestroy(name: string): Buffer {
  const message = Buffer.alloc(4096)
  writeName(message, name, 8)
  return message
}

/** What a subvolume is set to. */
export function encodeFlags({ readOnly }: { readonly readOnly: boolean }): Buffer {
  const message = Buffer.alloc(8)
  message.writeBigUInt64LE(readOnly ? readOnlyFlag : 0n)
  return message
}

export interface SubvolumeInfo {
  /** Of this subvolume, as hexadecimal digits. The top of a file system that was made long ago may have none: zeros. */
  readonly uuid: string
  /** What it is a snapshot of; zeros for none. */
  readonly parentUuid: string
  readonly isReadOnly: boolean
}

/** struct btrfs_ioctl_get_subvol_info_args. */
export const subvolumeInfoBytes = 504
export function decodeInfo(message: Buffer): SubvolumeInfo {
  return {
    isReadOnly: (message.readBigUInt64LE(288) & isReadOnlyFlag) !== 0n,
    uuid: message.toString('hex', 296, 312),
    parentUuid: message.toString('hex', 312, 328),
  }
}

/** A subvolume that lies in another one: its number, and that of the folder it is in. */
export interface ChildReference {
  readonly subvolume: bigint
  readonly folder: bigint
}

/** struct btrfs_ioctl_get_subvol_rootref_args: what to begin with, up to 255 references, their number. */
export function encodeChildren(from: bigint): Buffer {
  const message = Buffer.alloc(4096)
  message.writeBigUInt64LE(from, 0)
  return message
}

/** `next` is what to begin the next message with. */
export function decodeChildren(message: Buffer): { references: ChildReference[]; next: bigint } {
  const count = Math.min(message.readUInt8(4088), 255)
  const references = Array.from({ length: count }, (_, index) => ({
    subvolume: message.readBigUInt64LE(8 + 16 * index),
    folder: message.readBigUInt64LE(16 + 16 * index),
  }))
  return { references, next: message.readBigUInt64LE(0) }
}

/** struct btrfs_ioctl_ino_lookup_user_args: folder, subvolume; name of the subvolume, path of the folder with a slash at its end. */
export function encodePathOfChild({ subvolume, folder }: ChildReference): Buffer {
  const message = Buffer.alloc(4096)
  message.writeBigUInt64LE(folder, 0)
  message.writeBigUInt64LE(subvolume, 8)
  return message
}

/** From the top of the outer subvolume, without a leading slash. */
export function decodePathOfChild(message: Buffer): Buffer {
  const name = untilNul(message.subarray(16, 272))
  return Buffer.concat([untilNul(message.subarray(272, 4096)), name])
}

function writeName(message: Buffer, name: string, at: number): void {
  const bytes = Buffer.from(name)
  if (bytes.length === 0 || bytes.length > longestName || /[/\0]/.test(name)) throw new RangeError('not a name')
  message.set(bytes, at)
}

function untilNul(bytes: Buffer): Buffer {
  const end = bytes.indexOf(0)
  return end < 0 ? bytes : bytes.subarray(0, end)
}
