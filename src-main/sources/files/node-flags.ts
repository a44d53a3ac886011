/** Bits of spec pbs §7.6 and the chattr bits of linux/fs.h that they stand for. */
const pairs: readonly (readonly [archive: number, chattr: number])[] = [
  [0x10000, 0x20], // append only
  [0x20000, 0x80], // noatime
  [0x40000, 0x04], // compress
  [0x80000, 0x800000], // nocow
  [0x100000, 0x40], // nodump
  [0x200000, 0x10000], // dirsync
  [0x400000, 0x10], // immutable
  [0x800000, 0x08], // sync
  [0x1000000, 0x400], // nocompress
  [0x2000000, 0x20000000], // project inherit
]

const allChattr = pairs.reduce((all, [, chattr]) => all | chattr, 0)

export function archiveFlags(chattr: number): bigint {
  if ((chattr & allChattr) === 0) return 0n
  return BigInt(pairs.reduce((flags, pair) => ((chattr & pair[1]) === 0 ? flags : flags | pair[0]), 0))
}

/** Bits that chattr does not have (those of FAT) are left out. */
export function chattrFlags(archive: bigint): number {
  // all bits of §7.6 are below 2^26
  const flags = Number(archive & 0x3ffffffn)
  return pairs.reduce((chattr, pair) => ((flags & pair[0]) === 0 ? chattr : chattr | pair[1]), 0)
}
