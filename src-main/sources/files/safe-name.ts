import { HoldfastError } from '../../../src-shared/errors.ts'
import { bytesToPathText } from '../../../src-shared/model/path-text.ts'

/** Spec pbs §7.3. */
const maxNameBytes = 4096
const slash = 0x2f
const backslash = 0x5c
const dot = 0x2e

/** Refuses a name that could lead out of its directory (spec pbs §7.8) with `archive/unsafe-path`. */
export function checkName(name: Uint8Array): void {
  const isDots = name.length <= 2 && name.every((byte) => byte === dot)
  // On Windows the backslash and the colon of a drive or a stream separate as well.
  const isForeign = process.platform === 'win32' && (name.includes(backslash) || name.includes(0x3a))
  if (isDots || isForeign || name.length > maxNameBytes || name.includes(slash) || name.includes(0))
    throw new HoldfastError('archive/unsafe-path', { detail: JSON.stringify(bytesToPathText(name.subarray(0, 256))) })
}

/** The components of a hard link's target, each checked. */
export function checkedComponents(path: Uint8Array): Buffer[] {
  const components: Buffer[] = []
  for (let begin = 0; begin <= path.length; ) {
    const found = path.indexOf(slash, begin)
    const end = found < 0 ? path.length : found
    const name = Buffer.from(path.subarray(begin, end))
    checkName(name)
    components.push(name)
    begin = end + 1
  }
  return components
}

/** `report (restored).pdf`, then `report (restored 2).pdf`: the first that `isTaken` does not know. */
export function freeName(name: Uint8Array, isTaken: (candidate: Buffer) => boolean): Buffer {
  const at = name.lastIndexOf(dot)
  const cut = at > 0 ? at : name.length
  for (let n = 1; ; n++) {
    const mark = Buffer.from(n === 1 ? ' (restored)' : ` (restored ${n})`)
    // File systems end a name at 255 bytes; the beginning of a longer one makes room.
    const room = Math.max(1, 255 - mark.length - (name.length - cut))
    const candidate = Buffer.concat([name.subarray(0, Math.min(cut, room)), mark, name.subarray(cut)])
    if (!isTaken(candidate)) return candidate
  }
}
