import { readFileSync } from 'node:fs'
import { bytesToPathText } from '../../../src-shared/model/path-text.ts'
import { openBtrfsCalls } from '../../os/btrfs-subvolumes.ts'
import { MountTable, parseMounts } from '../../os/mount-table.ts'
import { createBtrfsProvider } from './btrfs-provider.ts'
import type { SnapshotProvider } from './snapshot-provider.ts'
import type { SurveyTools } from './survey-folder.ts'

/** Every file system of which snapshots can be made on this computer. */
export function openSnapshotProviders(): readonly SnapshotProvider[] {
  const btrfs = openBtrfsCalls()
  return btrfs === undefined ? [] : [createBtrfsProvider(btrfs)]
}

/** The same with what is mounted now. */
export function openSurveyTools(): SurveyTools {
  return { providers: openSnapshotProviders(), mounts: new MountTable(parseMounts(readMountinfo())) }
}

function readMountinfo(): string {
  try {
    return bytesToPathText(readFileSync('/proc/self/mountinfo'))
  } catch {
    return '' // not Linux, or without /proc: then nobody knows what is mounted
  }
}
