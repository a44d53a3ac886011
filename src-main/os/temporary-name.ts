import { randomBytes } from 'node:crypto'

/** How the names of unfinished files begin. Nothing that bears such a name is of value. */
export const temporaryPrefix = '.holdfast-restore-'

export function temporaryName(): Buffer {
  return Buffer.from(`${temporaryPrefix}${randomBytes(8).toString('hex')}`)
}
