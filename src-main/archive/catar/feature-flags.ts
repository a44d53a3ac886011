/**
 * What an archive carries (spec casync §10.2). The same bits stand in every ENTRY of an archive and in the header of its
 * index. Those from `hidden` to `projectInherit`, and `subvolume`, also say in an ENTRY that the node has the property.
 */
export const featureFlag = {
  uids16Bit: 0x1n,
  uids32Bit: 0x2n,
  userNames: 0x4n,
  secondTime: 0x8n,
  microsecondTime: 0x10n,
  nanosecondTime: 0x20n,
  twoSecondTime: 0x40n,
  readOnly: 0x80n,
  permissions: 0x100n,
  symlinks: 0x200n,
  deviceNodes: 0x400n,
  fifos: 0x800n,
  sockets: 0x1000n,
  hidden: 0x2000n,
  system: 0x4000n,
  archive: 0x8000n,
  append: 0x10000n,
  noAccessTime: 0x20000n,
  compress: 0x40000n,
  noCopyOnWrite: 0x80000n,
  noDump: 0x100000n,
  syncDirectory: 0x200000n,
  immutable: 0x400000n,
  sync: 0x800000n,
  noCompress: 0x1000000n,
  projectInherit: 0x2000000n,
  subvolume: 0x4000000n,
  subvolumeReadOnly: 0x8000000n,
  xattrs: 0x10000000n,
  acl: 0x20000000n,
  selinux: 0x40000000n,
  capabilities: 0x80000000n,
  quotaProjectId: 0x100000000n,
  excludeFile: 0x1000000000000000n,
  sha512256: 0x2000000000000000n,
  excludeSubmounts: 0x4000000000000000n,
  excludeNoDump: 0x8000000000000000n,
} as const

const f = featureFlag

const anyUid = f.uids16Bit | f.uids32Bit
const anyTime = f.secondTime | f.microsecondTime | f.nanosecondTime | f.twoSecondTime
const specialNodes = f.symlinks | f.deviceNodes | f.fifos | f.sockets
const fatAttributes = f.hidden | f.system | f.archive
const chattrAttributes =
  f.append |
  f.noAccessTime |
  f.compress |
  f.noCopyOnWrite |
  f.noDump |
  f.syncDirectory |
  f.immutable |
  f.sync |
  f.noCompress |
  f.projectInherit
const subvolumes = f.subvolume | f.subvolumeReadOnly
const extended = f.xattrs | f.acl | f.selinux | f.capabilities | f.quotaProjectId

/** The bits that stand in an ENTRY as properties of the node: of files and directories, and of directories only. */
export const attributeFlags = fatAttributes | chattrAttributes
export const subvolumeFlags = subvolumes
export const uidFlags = anyUid

/** The sets that `--with` and `--without` of casync know by name. */
export const featureSet = {
  all:
    anyUid | f.userNames | anyTime | f.readOnly | f.permissions | specialNodes | attributeFlags | subvolumes | extended,
  best: f.uids32Bit | f.userNames | f.nanosecondTime | specialNodes | attributeFlags | subvolumes | extended,
  unix: f.uids16Bit | f.permissions | f.secondTime | specialNodes,
  fat: f.twoSecondTime | f.readOnly | fatAttributes,
  chattr: chattrAttributes,
  fatAttributes,
  privileged:
    anyUid |
    f.userNames |
    f.deviceNodes |
    f.system |
    f.append |
    f.immutable |
    subvolumes |
    f.acl |
    f.selinux |
    f.capabilities |
    f.quotaProjectId,
  fuse: anyUid | anyTime | f.readOnly | f.permissions | specialNodes | attributeFlags | f.xattrs,
} as const

const excludes = f.excludeFile | f.excludeSubmounts | f.excludeNoDump
const knownFlags = featureSet.all | excludes | f.sha512256
/** The index of a blob has no others: nothing of a tree is in it. */
const blobFlags = excludes | f.sha512256

/** As the options of `casync make`; what is left out is what casync does by itself. */
export interface FeatureChoice {
  /** Sum of features; undefined is all. */
  readonly with?: bigint | undefined
  readonly without?: bigint | undefined
  readonly digest?: 'sha512-256' | 'sha256' | undefined
  readonly excludeNoDump?: boolean | undefined
  readonly excludeSubmounts?: boolean | undefined
  readonly excludeFile?: boolean | undefined
}

/** The flags of an archive made with these options. */
export function chooseFeatures(choice: FeatureChoice = {}): bigint {
  const { with: wanted = featureSet.all, without = 0n, digest = 'sha512-256' } = choice
  let flags = wanted & ~without
  if (choice.excludeNoDump ?? true) flags |= f.excludeNoDump
  if (choice.excludeSubmounts ?? false) flags |= f.excludeSubmounts
  if (choice.excludeFile ?? true) flags |= f.excludeFile
  if (digest === 'sha512-256') flags |= f.sha512256
  return normalizeFeatures(flags)
}

/** The flags of the index of a blob that goes with an archive of these flags. */
export function blobFeatures(flags: bigint): bigint {
  return flags & blobFlags
}

/** Drops what something finer makes needless, in the order of the spec: a reader takes no other flags. */
export function normalizeFeatures(flags: bigint): bigint {
  let normal = flags
  const has = (bits: bigint): boolean => (normal & bits) !== 0n
  if (has(f.acl) && !has(anyUid | f.userNames)) normal |= f.uids32Bit | f.userNames
  if (has(f.uids32Bit)) normal &= ~f.uids16Bit
  if (has(f.nanosecondTime)) normal &= ~(f.microsecondTime | f.secondTime | f.twoSecondTime)
  if (has(f.microsecondTime)) normal &= ~(f.secondTime | f.twoSecondTime)
  if (has(f.secondTime)) normal &= ~f.twoSecondTime
  if (has(f.acl)) normal &= ~(f.permissions | f.readOnly)
  if (has(f.permissions)) normal &= ~f.readOnly
  if (has(f.excludeNoDump)) normal &= ~f.noDump
  if (has(f.subvolumeReadOnly)) normal |= f.subvolume
  return normal
}

/** What is wrong with flags that were read, or undefined. */
export function featureProblem(flags: bigint): string | undefined {
  const unknown = flags & ~knownFlags
  if (unknown !== 0n) return `unknown bits 0x${unknown.toString(16)}`
  if (normalizeFeatures(flags) !== flags) return `0x${flags.toString(16)} is not in normal form`
  return undefined
}

/** Of times, in nanoseconds; 0 when there are none. */
export function timeGranularity(flags: bigint): bigint {
  if ((flags & f.nanosecondTime) !== 0n) return 1n
  if ((flags & f.microsecondTime) !== 0n) return 1000n
  if ((flags & f.secondTime) !== 0n) return 1_000_000_000n
  if ((flags & f.twoSecondTime) !== 0n) return 2_000_000_000n
  return 0n
}

/** The digest that names chunks and archives. */
export function digestOf(flags: bigint): 'sha512-256' | 'sha256' {
  return (flags & f.sha512256) !== 0n ? 'sha512-256' : 'sha256'
}
