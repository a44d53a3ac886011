import { HoldfastError } from '../../../src-shared/errors.ts'
import { kindOfMode, type NodeKind, typeBits } from '../node-kind.ts'
import type { RecordBody } from '../record-body.ts'
import type { Metadata } from '../tree.ts'
import {
  attributeFlags,
  featureFlag,
  featureProblem,
  subvolumeFlags,
  timeGranularity,
  uidFlags,
} from './feature-flags.ts'
import { type IdShift, shiftId } from './id-shift.ts'
import { corrupt } from './records.ts'

/** Body of an ENTRY (spec casync §10.3). */
export const entryBytes = 48

/** The flag that must be set for a kind to be archived. Directories and files always are. */
const kindFlags: Readonly<Record<NodeKind, bigint>> = {
  directory: 0n,
  file: 0n,
  symlink: featureFlag.symlinks,
  'block-device': featureFlag.deviceNodes,
  'char-device': featureFlag.deviceNodes,
  fifo: featureFlag.fifos,
  socket: featureFlag.sockets,
}

export function isKindCarried(kind: NodeKind, flags: bigint): boolean {
  const needed = kindFlags[kind]
  return (flags & needed) === needed
}

/** Other kinds have none. */
const possibleFlags: Readonly<Partial<Record<NodeKind, bigint>>> = {
  directory: attributeFlags | subvolumeFlags,
  file: attributeFlags,
}

const noId = 0xffff_ffff
/** (uid_t) −1 on 16 bits: casync refuses it even where ids have 32. */
const noId16 = 0xffff
const noTime = 2n ** 64n - 1n

export interface EntryRecord {
  readonly kind: NodeKind
  readonly featureFlags: bigint
  readonly permissions: number
  /** chattr and FAT attributes. */
  readonly flags: bigint
  readonly subvolume: 'writable' | 'read-only' | undefined
  readonly uid: number
  readonly gid: number
  readonly mtimeNs: bigint
}

/** What the encoder was told about the archive. */
export interface EntryStyle {
  readonly featureFlags: bigint
  readonly shift: IdShift | undefined
}

/** Throws `input/invalid`, before anything is written, for ids that the archive cannot hold. */
export function writeEntry(view: DataView, at: number, kind: NodeKind, metadata: Metadata, style: EntryStyle): void {
  const { featureFlags } = style
  view.setBigUint64(at, featureFlags, true)
  view.setUint32(at + 8, typeBits[kind] | permissionsFor(kind, metadata.permissions, featureFlags), true)
  view.setUint32(at + 12, 0, true)
  view.setBigUint64(at + 16, flagsFor(kind, metadata, featureFlags), true)
  view.setBigUint64(at + 24, BigInt(storedId(metadata.uid, style)), true)
  view.setBigUint64(at + 32, BigInt(storedId(metadata.gid, style)), true)
  view.setBigUint64(at + 40, timeFor(metadata.mtimeNs, featureFlags), true)
}

/** An id as the archive holds it. Throws `input/invalid` when it cannot. */
export function storedId(id: number, { featureFlags, shift }: EntryStyle): number {
  if ((featureFlags & uidFlags) === 0n) return 0
  const stored = shift === undefined ? id : shiftId(id, shift)
  const is16Bit = (featureFlags & featureFlag.uids16Bit) !== 0n
  if (stored === noId16 || stored === noId || stored > (is16Bit ? noId16 : noId)) {
    throw new HoldfastError('input/invalid', { detail: `The archive format cannot hold the owner ${stored}.` })
  }
  return stored
}

/** `offset` is where the body is in the archive. */
export function readEntry({ view, at, offset }: RecordBody): EntryRecord {
  const featureFlags = view.getBigUint64(at, true)
  const problem = featureProblem(featureFlags)
  if (problem !== undefined) throw corrupt('ENTRY feature flags', offset, problem)
  const mode = view.getUint32(at + 8, true)
  const kind = kindOfMode(mode)
  if (kind === undefined || view.getUint32(at + 12, true) !== 0) {
    throw corrupt('ENTRY mode', offset + 8, `0${mode.toString(8)} is no kind of file`)
  }
  if (!isKindCarried(kind, featureFlags)) throw corrupt('ENTRY mode', offset + 8, `the archive has no kind ${kind}`)
  const permissions = mode & 0o7777
  if (permissionsFor(kind, permissions, featureFlags) !== permissions) {
    throw corrupt('ENTRY mode', offset + 8, `0${mode.toString(8)} has impossible permissions`)
  }
  const bits = readFlags(view, at + 16, { kind, featureFlags, offset: offset + 16 })
  return {
    kind,
    featureFlags,
    permissions,
    flags: bits & attributeFlags,
    subvolume: subvolumeOf(bits),
    uid: readId(view, at + 24, { field: 'ENTRY uid', offset: offset + 24, featureFlags }),
    gid: readId(view, at + 32, { field: 'ENTRY gid', offset: offset + 32, featureFlags }),
    mtimeNs: readTime(view, at + 40, { featureFlags, offset: offset + 40 }),
  }
}

export interface IdPlace {
  readonly field: string
  readonly offset: number
  readonly featureFlags: bigint
}

/** A uid or gid, in an ENTRY or an ACL. */
export function readId(view: DataView, at: number, { field, offset, featureFlags }: IdPlace): number {
  const id = view.getBigUint64(at, true)
  if ((featureFlags & uidFlags) === 0n) {
    if (id !== 0n) throw corrupt(field, offset, `${id} in an archive without ids`)
    return 0
  }
  const is16Bit = (featureFlags & featureFlag.uids16Bit) !== 0n
  if (id === BigInt(noId16) || id >= BigInt(is16Bit ? noId16 : noId)) throw corrupt(field, offset, `${id} is no id`)
  return Number(id)
}

/** With full permissions whatever they are; else what is left of them (§10.3). */
export function permissionsFor(kind: NodeKind, permissions: number, flags: bigint): number {
  if (kind === 'symlink') return 0o777
  if ((flags & (featureFlag.permissions | featureFlag.acl)) !== 0n) return permissions & 0o7777
  const full = kind === 'directory' ? 0o777 : 0o666
  const isReadOnly = (flags & featureFlag.readOnly) !== 0n && (permissions & 0o222) === 0
  return isReadOnly ? full & ~0o222 : full
}

export function flagsFor(kind: NodeKind, { flags, subvolume }: Metadata, featureFlags: bigint): bigint {
  if (kind !== 'file' && kind !== 'directory') return 0n
  const attributes = flags & attributeFlags
  if (kind === 'file' || subvolume === undefined) return attributes & featureFlags
  const bits = subvolume === 'read-only' ? subvolumeFlags : featureFlag.subvolume
  return (attributes | bits) & featureFlags
}

function readFlags(
  view: DataView,
  at: number,
  { kind, featureFlags, offset }: { kind: NodeKind; featureFlags: bigint; offset: number },
): bigint {
  const flags = view.getBigUint64(at, true)
  const wrong = flags & ~((possibleFlags[kind] ?? 0n) & featureFlags)
  if (wrong !== 0n) throw corrupt('ENTRY flags', offset, `0x${wrong.toString(16)} on a ${kind}`)
  return flags
}

export function subvolumeOf(flags: bigint): 'writable' | 'read-only' | undefined {
  if ((flags & featureFlag.subvolumeReadOnly) !== 0n) return 'read-only'
  return (flags & featureFlag.subvolume) === 0n ? undefined : 'writable'
}

/**
 * The format has 64 bits without a sign, and casync lets times before 1970 wrap around. As a signed number it would end in the year
 * 2262, where file systems go on. What they hold ends in 2486 (XFS) and begins in 1901, which is where the wrapped ones begin too.
 */
export const wrappedFrom = 2n ** 64n - 2n ** 31n * 1_000_000_000n

/** Before 1970 there is nothing that casync could restore (§15): such times become 0. Nor after 2486: these become the last one. */
export function timeFor(mtimeNs: bigint, flags: bigint): bigint {
  const granularity = timeGranularity(flags)
  if (granularity === 0n || mtimeNs < 0n) return 0n
  if (mtimeNs >= wrappedFrom) return timeFor(wrappedFrom - 1n, flags)
  return granularity === 1n ? mtimeNs : mtimeNs - (mtimeNs % granularity)
}

/**
 * Times before 1970 wrap. Unlike casync's own reader, which asks for whole milliseconds by mistake, this one takes every
 * microsecond.
 */
function readTime(
  view: DataView,
  at: number,
  { featureFlags, offset }: { featureFlags: bigint; offset: number },
): bigint {
  const time = view.getBigUint64(at, true)
  const granularity = timeGranularity(featureFlags)
  if (time === noTime) throw corrupt('ENTRY mtime', offset, 'is no time')
  if (granularity === 0n ? time !== 0n : time % granularity !== 0n) {
    throw corrupt('ENTRY mtime', offset, `${time} is finer than the archive's times`)
  }
  return time >= wrappedFrom ? BigInt.asIntN(64, time) : time
}
