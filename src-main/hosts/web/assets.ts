import { extname, join, relative, sep } from 'node:path'

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.woff': 'font/woff',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
}

export interface Asset {
  readonly path: string
  readonly contentType: string
}

/**
 * The file below `root` that a request path means, or `undefined` when it means none: percent-encoding that does not
 * decode, NUL, and every way out of the folder. Compared with `relative`, never by prefix (style S5).
 */
export function resolveAsset(root: string, requestPath: string): Asset | undefined {
  let decoded: string
  try {
    decoded = decodeURIComponent(requestPath)
  } catch {
    return undefined
  }
  if (decoded.includes('\0') || decoded.includes('\\')) return undefined
  const path = join(root, decoded)
  const inside = relative(root, path)
  if (inside === '' || inside === '..' || inside.startsWith(`..${sep}`)) return undefined
  return { path, contentType: contentTypes[extname(path)] ?? 'application/octet-stream' }
}

/** Screens are routes of the page itself: a path without an extension is the page. */
export function isPageRoute(requestPath: string): boolean {
  return extname(requestPath) === ''
}
