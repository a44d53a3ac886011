/**
 * The absolute path of a folder that was dropped, where the desktop tells it: file managers put it into the drag as a
 * file address. A browser keeps the path of a dropped file to itself, so there may be none.
 */
export function droppedPath(transfer: Pick<DataTransfer, 'getData'>): string | undefined {
  const address = transfer
    .getData('text/uri-list')
    .split(/\r?\n/)
    .find((line) => line.startsWith('file:///'))
  if (address === undefined) return undefined
  try {
    const path = decodeURIComponent(new URL(address).pathname)
    const withoutSlash = path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path
    return /^\/[A-Za-z]:/.test(withoutSlash) ? withoutSlash.slice(1).replaceAll('/', '\\') : withoutSlash
  } catch {
    return undefined // an address with broken escapes names nothing
  }
}
