import { HoldfastError } from '../../../../src-shared/errors.ts'

const text = new TextDecoder('utf-8', { fatal: true })

/**
 * A path inside a stream, checked so that it cannot lead out of the folder it is unpacked into (spec xtrabackup-agent
 * §14.5). Throws `archive/unsafe-path`.
 */
export function readMemberPath(bytes: Uint8Array): string {
  let path: string
  try {
    path = text.decode(bytes)
  } catch {
    throw unsafe(Buffer.from(bytes).toString('latin1'), 'it is not UTF-8')
  }
  checkMemberPath(path)
  return path
}

export function checkMemberPath(path: string): void {
  if (path === '') throw unsafe(path, 'it is empty')
  if (path.startsWith('/')) throw unsafe(path, 'it is absolute')
  if (/^[A-Za-z]:/.test(path)) throw unsafe(path, 'it names a drive')
  if (path.includes('\\')) throw unsafe(path, 'it has a backslash')
  if (hasControl(path)) throw unsafe(path, 'it has control characters')
  for (const part of path.split('/')) {
    if (part === '') throw unsafe(path, 'a part of it is empty')
    if (part === '.' || part === '..') throw unsafe(path, `it has a part ${part}`)
  }
}

function hasControl(path: string): boolean {
  for (let at = 0; at < path.length; at++) {
    const code = path.charCodeAt(at)
    if (code < 0x20 || code === 0x7f) return true
  }
  return false
}

function unsafe(path: string, why: string): HoldfastError {
  return new HoldfastError('archive/unsafe-path', { detail: `${JSON.stringify(path.slice(0, 200))}: ${why}.` })
}
