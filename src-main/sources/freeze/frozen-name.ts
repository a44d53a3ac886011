import { randomBytes } from 'node:crypto'

/** How the names of snapshots begin that are there only while a backup reads from them. */
const prefix = '.holdfast-snapshot-'
const shape = /^\.holdfast-snapshot-[0-9a-f]{32}$/

export function frozenName(): string {
  return prefix + randomBytes(16).toString('hex')
}

/** Nothing of that name is anybody's data. */
export function isFrozenName(name: Uint8Array | string): boolean {
  return (
    name.length === prefix.length + 32 &&
    shape.test(typeof name === 'string' ? name : Buffer.from(name).toString('latin1'))
  )
}
