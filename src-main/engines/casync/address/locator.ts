import { HoldfastError } from '../../../../src-shared/errors.ts'

/** Where an index, an archive or a store is, as casync's users write it (spec casync §4.2). */
export type Locator =
  | { readonly kind: 'path'; readonly path: string }
  | {
      readonly kind: 'url'
      readonly scheme: string
      /** Up to and including the host: `https://user@host:8080`. */
      readonly prefix: string
      /** What follows the host. */
      readonly rest: string
    }
  /** `prefix` is `user@host:`; a path without a leading slash begins in the login folder. */
  | { readonly kind: 'ssh'; readonly host: string; readonly prefix: string; readonly path: string }

export type LocatorContent = 'archive' | 'archive-index' | 'blob-index' | 'store'

const fileUrl = /^file:\/\/(?:localhost)?(\/.*)$/s
const plainPath = /^(?:\/|\.\/|\.{1,2}$)/
const url = /^([a-z][a-z0-9+.-]*):\/\/[A-Za-z0-9._@:[\]%-]+(?=[/;?]|$)/
/** A first `-` would be an option of ssh. */
const ssh = /^((?!-)[A-Za-z0-9._-]+(?:@(?!-)[A-Za-z0-9._-]+)?):(.+)$/s

const suffixes: ReadonlyMap<string, LocatorContent> = new Map([
  ['.catar', 'archive'],
  ['.caidx', 'archive-index'],
  ['.caibx', 'blob-index'],
  ['.castr', 'store'],
])
const defaultStoreName = 'default.castr'

/** Throws `input/invalid` for nothing, for a NUL, and for a `file:` URL that cannot be decoded. */
export function parseLocator(text: string): Locator {
  if (text === '' || text.includes('\0')) throw invalid(text, 'is no address')
  const path = fileUrl.exec(text)?.[1]
  if (path !== undefined) return { kind: 'path', path: decodePath(text, path) }
  if (plainPath.test(text)) return { kind: 'path', path: text }
  const [prefix, scheme] = url.exec(text) ?? []
  if (prefix !== undefined && scheme !== undefined) {
    return { kind: 'url', scheme, prefix, rest: text.slice(prefix.length) }
  }
  const [, host, remotePath] = ssh.exec(text) ?? []
  if (host !== undefined && remotePath !== undefined) return { kind: 'ssh', host, prefix: `${host}:`, path: remotePath }
  return { kind: 'path', path: text }
}

/** As it was written, or close to it. */
export function formatLocator(locator: Locator): string {
  switch (locator.kind) {
    case 'path':
      return locator.path
    case 'url':
      return locator.prefix + locator.rest
    case 'ssh':
      return locator.prefix + locator.path
  }
}

/** Whether one connection serves both: a textual test, as in casync. */
export function areOnOneHost(a: Locator, b: Locator): boolean {
  return a.kind !== 'path' && b.kind === a.kind && a.prefix === b.prefix
}

/** By its suffix; undefined for a blob or a folder. */
export function contentOf(locator: Locator): LocatorContent | undefined {
  const path = locator.kind === 'url' ? withoutQuery(locator.rest) : locator.path
  const name = path.slice(path.lastIndexOf('/') + 1)
  const dot = name.lastIndexOf('.')
  return dot > 0 || (dot === 0 && locator.kind === 'url') ? suffixes.get(name.slice(dot)) : undefined
}

/** The store that goes with an index when none is named: beside it. */
export function defaultStore(index: Locator | undefined): Locator {
  if (index === undefined) return { kind: 'path', path: defaultStoreName }
  const beside = (path: string): string => path.slice(0, path.lastIndexOf('/') + 1) + defaultStoreName
  if (index.kind !== 'url') return { ...index, path: beside(index.path) }
  const path = withoutQuery(index.rest)
  return { ...index, rest: path.includes('/') ? beside(path) : `/${defaultStoreName}` }
}

/** Before the last `?`, else before the last `;`. */
function withoutQuery(rest: string): string {
  const at = rest.lastIndexOf(rest.includes('?') ? '?' : ';')
  return at < 0 ? rest : rest.slice(0, at)
}

function decodePath(text: string, path: string): string {
  let decoded: string
  try {
    decoded = decodeURIComponent(path)
  } catch (cause) {
    throw invalid(text, 'is not properly encoded', cause)
  }
  if (decoded.includes('\0')) throw invalid(text, 'is no address')
  return decoded
}

function invalid(text: string, problem: string, cause?: unknown): HoldfastError {
  return new HoldfastError('input/invalid', { detail: `${JSON.stringify(text)} ${problem}.`, cause })
}
