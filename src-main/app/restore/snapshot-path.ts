import { HoldfastError } from '../../../src-shared/errors.ts'
import { bytesToPathText, pathTextToBytes } from '../../../src-shared/model/path-text.ts'

/** A snapshot path taken apart: which tree, and the names below its root. */
export interface PathInSnapshot {
  readonly tree: string
  readonly names: readonly Uint8Array[]
}

/** Reads `documents/Thesis/notes.md`. The empty path, the list of archives, is undefined. Throws `input/invalid` for `..` and its like. */
export function parseSnapshotPath(path: string): PathInSnapshot | undefined {
  const [tree, ...names] = path.split('/').filter((name) => name !== '')
  if (tree === undefined) return undefined
  for (const name of names) {
    if (name === '.' || name === '..' || name.includes('\0')) {
      throw new HoldfastError('input/invalid', { detail: `${path} is not a path inside a snapshot.` })
    }
  }
  return { tree, names: names.map(pathTextToBytes) }
}

export function formatSnapshotPath(tree: string, names: readonly Uint8Array[]): string {
  return [tree, ...names.map(bytesToPathText)].join('/')
}

/**
 * The paths without those that lie below another one, as a person means them. `undefined` where everything is wanted.
 */
export function outermost(paths: readonly string[]): PathInSnapshot[] | undefined {
  const parsed: PathInSnapshot[] = []
  for (const path of paths) {
    const one = parseSnapshotPath(path)
    if (one === undefined) return undefined
    parsed.push(one)
  }
  if (parsed.length === 0) return undefined
  const texts = new Set(parsed.map(({ tree, names }) => formatSnapshotPath(tree, names)))
  return [...texts].flatMap((text) => {
    const components = text.split('/')
    const isBelow = components.some((_, index) => index > 0 && texts.has(components.slice(0, index).join('/')))
    const path = isBelow ? undefined : parseSnapshotPath(text)
    return path === undefined ? [] : [path]
  })
}
