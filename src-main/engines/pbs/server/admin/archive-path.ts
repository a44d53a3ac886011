import { splitPath } from '../../../../archive/entry-names.ts'
import { ApiError } from '../api-error.ts'

/** Paths inside of snapshots, which are bytes and travel as base64 (spec pbs §8.3, §8.4). */

const SLASH = Buffer.from('/')

/** The names of a `filepath` parameter: base64, or the words `root` and `/`. */
export function parseFilePath(filePath: string): readonly Uint8Array[] {
  if (filePath === 'root' || filePath === '/') return []
  if (!/^[A-Za-z0-9+/_-]*={0,2}$/.test(filePath)) throw new ApiError('unable to decode the path: it is no base64')
  const names = splitPath(Buffer.from(filePath, 'base64')).filter(({ length }) => length > 0)
  if (names.some((name) => name.includes(0))) throw new ApiError('the path holds a NUL')
  return names
}

/** How the path of a listed entry goes out: with a slash before it only at the top. */
export function formatFilePath(parents: readonly Uint8Array[], name: Uint8Array): string {
  const parts = parents.flatMap((parent) => [parent, SLASH])
  return Buffer.concat(parents.length === 0 ? [SLASH, name] : [...parts, name]).toString('base64')
}

export function notFound(names: readonly Uint8Array[]): ApiError {
  const text = names.map((name) => Buffer.from(name).toString()).join('/')
  return new ApiError(`no such file or directory '/${text.slice(0, 300)}'`, 404)
}
