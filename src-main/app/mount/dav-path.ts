import { bytesToPathText, pathTextToBytes } from '../../../src-shared/model/path-text.ts'

/** What needs no escape in a segment of an address (RFC 3986 §2.3). */
const plainBytes = new Set(
  new TextEncoder().encode('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~'),
)
/** As long as a path of a snapshot may be, with every byte escaped. */
const longestAddress = 200_000

/** One name of a snapshot as a segment of an address: its very bytes, so that every name comes back as it is. */
export function toSegment(name: string): string {
  return Array.from(pathTextToBytes(name), (byte) =>
    plainBytes.has(byte) ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`,
  ).join('')
}

/**
 * The names in the path of an address; `undefined` when it is none. A name that is empty, `.` or `..`, or that holds a
 * slash, exists in no snapshot.
 */
export function fromAddress(pathname: string): readonly string[] | undefined {
  if (pathname.length > longestAddress || !pathname.startsWith('/')) return undefined
  const names: string[] = []
  for (const segment of pathname.split('/')) {
    if (segment === '') continue
    const bytes = percentBytes(segment)
    if (bytes === undefined || bytes.includes(0x2f) || bytes.includes(0)) return undefined
    const name = bytesToPathText(bytes)
    if (name === '.' || name === '..') return undefined
    names.push(name)
  }
  return names
}

function percentBytes(segment: string): Uint8Array | undefined {
  const bytes: number[] = []
  for (let at = 0; at < segment.length; at++) {
    const code = segment.charCodeAt(at)
    if (code > 0x7f) return undefined
    if (code !== 0x25) {
      bytes.push(code)
      continue
    }
    const hex = segment.slice(at + 1, at + 3)
    if (!/^[0-9A-Fa-f]{2}$/.test(hex)) return undefined
    bytes.push(Number.parseInt(hex, 16))
    at += 2
  }
  return Uint8Array.from(bytes)
}
