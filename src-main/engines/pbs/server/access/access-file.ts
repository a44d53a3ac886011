import { readFileSync, statSync } from 'node:fs'
import { HoldfastError } from '../../../../../src-shared/errors.ts'
import { errorCode } from '../../../../os/system-error.ts'
import { type AccessConfig, accessConfig } from './access-config.ts'

/** Far more than the accounts of a server take; a larger file is something else. */
const MAX_FILE_BYTES = 16 << 20

/**
 * The access file as it is now. A change by another thread or process counts at the next call: each looks at the file's
 * inode, time and size, which takes microseconds, and reads it only when they differ. Without a file nobody has access.
 */
export function createAccessReader(file: string): () => AccessConfig {
  let version: string | undefined
  let config = accessConfig.parse({})
  return () => {
    const current = versionOf(file)
    if (current !== version) {
      config = current === undefined ? accessConfig.parse({}) : readAccessFile(file)
      version = current
    }
    return config
  }
}

/** A damaged file is an error, so that nobody gets in by mistake. Throws `secret/unavailable`. */
export function readAccessFile(file: string): AccessConfig {
  try {
    return accessConfig.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch (cause) {
    // The cause of a schema's failure may quote what it found: hashes of passwords stay out of it.
    throw new HoldfastError('secret/unavailable', {
      detail: `${file} is damaged.`,
      hint: 'Restore this file from a copy, or remove it and add the accounts again.',
      ...(errorCode(cause) === undefined ? {} : { cause }),
    })
  }
}

function versionOf(file: string): string | undefined {
  const stat = statSync(file, { bigint: true, throwIfNoEntry: false })
  if (stat === undefined) return undefined
  if (stat.size > MAX_FILE_BYTES) throw new HoldfastError('secret/unavailable', { detail: `${file} is too large.` })
  return `${stat.ino} ${stat.mtimeNs} ${stat.size}`
}
