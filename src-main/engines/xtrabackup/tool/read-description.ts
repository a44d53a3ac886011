import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { HoldfastError } from '../../../../src-shared/errors.ts'
import { type BackupInfo, parseBackupInfo } from './backup-info.ts'
import { type Checkpoints, checkpointsNames, infoNames, parseCheckpoints } from './checkpoints.ts'

/** What a backup says of itself, in the two files that tools write last. */
export interface BackupDescription {
  readonly checkpoints: Checkpoints
  readonly info: BackupInfo
}

/** From the folder that holds them, under either family's names. Throws `mysql/incomplete`. */
export async function readDescription(folder: string): Promise<BackupDescription> {
  const names = await readdir(folder)
  const read = async (candidates: readonly string[]): Promise<string> => {
    const name = candidates.find((candidate) => names.includes(candidate))
    if (name === undefined)
      throw new HoldfastError('mysql/incomplete', { detail: `The tool left no ${candidates.join(' or ')}.` })
    return readFile(path.join(folder, name), 'utf8')
  }
  return {
    checkpoints: parseCheckpoints(await read(checkpointsNames)),
    info: parseBackupInfo(await read(infoNames)),
  }
}
