import { kindOfMode, type NodeKind, typeBits } from '../node-kind.ts'
import { corrupt } from './items.ts'

/** Body of an ENTRY (spec pbs §7.2). */
export const statBytes = 40

const nanosecondsPerSecond = 1_000_000_000n

export interface Stat {
  readonly kind: NodeKind
  readonly permissions: number
  readonly flags: bigint
  readonly uid: number
  readonly gid: number
  readonly mtimeNs: bigint
}

export function writeStat(view: DataView, at: number, kind: NodeKind, stat: Omit<Stat, 'kind'>): void {
  let seconds = stat.mtimeNs / nanosecondsPerSecond
  let nanoseconds = stat.mtimeNs % nanosecondsPerSecond
  if (nanoseconds < 0n) {
    seconds -= 1n
    nanoseconds += nanosecondsPerSecond
  }
  view.setUint32(at, typeBits[kind] | (stat.permissions & 0o7777), true)
  view.setUint32(at + 4, 0, true)
  view.setBigUint64(at + 8, stat.flags, true)
  view.setUint32(at + 16, stat.uid, true)
  view.setUint32(at + 20, stat.gid, true)
  view.setBigInt64(at + 24, seconds, true)
  view.setUint32(at + 32, Number(nanoseconds), true)
  view.setUint32(at + 36, 0, true)
}

/** `offset` is where the body is in the archive. */
export function readStat(view: DataView, at: number, offset: number): Stat {
  const nanoseconds = view.getUint32(at + 32, true)
  if (nanoseconds > 999_999_999) throw corrupt('ENTRY mtime', offset + 32, `${nanoseconds} nanoseconds`)
  if (view.getUint32(at + 36, true) !== 0) throw corrupt('ENTRY padding', offset + 36, 'not zero')
  return {
    ...readMode(view, at, offset),
    mtimeNs: view.getBigInt64(at + 24, true) * nanosecondsPerSecond + BigInt(nanoseconds),
  }
}

/** The stat of the first archives: the same, with the time as one count of nanoseconds. */
export function readStatV1(view: DataView, at: number, offset: number): Stat {
  return { ...readMode(view, at, offset), mtimeNs: view.getBigUint64(at + 24, true) }
}

function readMode(view: DataView, at: number, offset: number): Omit<Stat, 'mtimeNs'> {
  const mode = view.getUint32(at, true)
  const kind = kindOfMode(mode)
  if (kind === undefined || view.getUint32(at + 4, true) !== 0) {
    throw corrupt('ENTRY mode', offset, `0${mode.toString(8)} is no kind of file`)
  }
  return {
    kind,
    permissions: mode & 0o7777,
    flags: view.getBigUint64(at + 8, true),
    uid: view.getUint32(at + 16, true),
    gid: view.getUint32(at + 20, true),
  }
}
