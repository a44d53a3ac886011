import { randomBytes } from 'node:crypto'

/** How the names of unfinished files and folders begin. Nothing that bears such a name is of value. */
export const temporaryPrefix = '.holdfast-restore-'

const shape = /^\.holdfast-restore-[0-9a-f]{16}$/
/** One call of the random source serves many names. */
const pool = Buffer.alloc(512)
let used = pool.length

export function temporaryName(): Buffer {
  if (used === pool.length) {
    randomBytes(pool.length).copy(pool)
    used = 0
  }
  used += 8
  return Buffer.from(`${temporaryPrefix}${pool.toString('hex', used - 8, used)}`)
}

export function isTemporaryName(name: Uint8Array): boolean {
  return name.length === temporaryPrefix.length + 16 && shape.test(Buffer.from(name).toString('latin1'))
}
