import { displayPath } from '../../../src-shared/model/path-text.ts'
import { describeSystemError, errorCode } from '../../os/system-error.ts'
import type { Ground } from './plan-freeze.ts'
import type { Located } from './snapshot-provider.ts'

/** Why a place is read as it is, as a sentence without a full stop. `failed` has the reasons of those that were tried. */
export function whyLive({ fileSystem, located }: Ground, failed: ReadonlyMap<string, string>): string {
  if (located.state === 'possible') return failed.get(located.volume.key) ?? 'no snapshot was made'
  return reasonOf(located.state, fileSystem)
}

function reasonOf(state: Exclude<Located['state'], 'possible'>, fileSystem: string): string {
  switch (state) {
    case 'still':
      return 'nothing there can change'
    case 'unsupported':
      return fileSystem === ''
        ? 'this system has no snapshots that Holdfast can make'
        : `${fileSystem} has no snapshots that Holdfast can make`
    case 'needs-root':
      return 'only root may make and remove a snapshot there'
    case 'read-only':
      return 'the snapshot would have to lie beside the data, where nothing may be written'
    case 'hidden':
      return 'the top of its subvolume is not mounted where Holdfast could see it'
    case 'too-many':
      return 'there are too many subvolumes inside of it'
    case 'unknown':
      return 'it could not be looked at closely enough'
  }
}

/** What somebody can do about it, for the error of a run that must have a snapshot. */
export function nextStep({ located }: Ground): string {
  switch (located.state) {
    case 'needs-root':
      return 'Let Holdfast run as root, or let the plan read such folders as they are (when possible).'
    case 'hidden':
      return 'Mount the whole subvolume, or let the plan read such folders as they are (when possible).'
    default:
      return 'Leave it out, or let the plan read such folders as they are (when possible).'
  }
}

/** What making a snapshot failed with, for the codes that have a meaning of their own there. */
export function whyFailed(error: unknown): string {
  switch (errorCode(error)) {
    case 'ENOSPC':
    case 'EDQUOT':
      return 'there is no space left for the snapshot'
    case 'ETXTBSY':
      return 'a swap file in it is in use, and Btrfs makes no snapshot of that'
    case 'EROFS':
      return 'its file system cannot be written to'
    case 'EPERM':
    case 'EACCES':
      return 'making the snapshot was not permitted'
    default:
      return `making the snapshot failed: ${describeSystemError(error)}`
  }
}

export function sayLive(ground: Ground, failed: ReadonlyMap<string, string>): string {
  return `Reads ${displayPath(ground.path)} as it is: ${whyLive(ground, failed)}.`
}
