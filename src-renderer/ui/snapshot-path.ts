import { displayPath } from '../../src-shared/model/path-text.ts'

/** The folder a path is in; the list of archives for an archive. */
export function parentPath(path: string): string {
  const slash = path.lastIndexOf('/')
  return slash === -1 ? '' : path.slice(0, slash)
}

/** The last component, for the eye. */
export function nameOf(path: string): string {
  return displayPath(path.slice(path.lastIndexOf('/') + 1))
}

/** From the archive down to the path itself: `a`, `a/b`, `a/b/c`. */
export function pathsTo(path: string): readonly string[] {
  if (path === '') return []
  const parts = path.split('/')
  return parts.map((_, at) => parts.slice(0, at + 1).join('/'))
}

export function isBelow(path: string, folder: string): boolean {
  return folder === '' || path === folder || path.startsWith(`${folder}/`)
}
