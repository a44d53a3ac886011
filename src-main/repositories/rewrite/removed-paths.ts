import { HoldfastError } from '../../../src-shared/errors.ts'
import type { TreePath } from '../repository.ts'

/** Paths that are to go, by tree; asked for each entry of a walk. */
export class RemovedPaths {
  readonly #byTree = new Map<string, { readonly paths: (readonly Uint8Array[])[]; readonly keys: Set<string> }>()

  /** Throws `input/invalid` for a whole tree: who wants to be rid of that forgets the snapshots. */
  constructor(paths: readonly TreePath[]) {
    for (const { tree, names } of paths) {
      if (names.length === 0) {
        throw new HoldfastError('input/invalid', {
          detail: `${tree} is a whole archive.`,
          hint: 'Name a file or a folder in it, or forget the snapshots.',
        })
      }
      const known = this.#byTree.get(tree) ?? { paths: [], keys: new Set() }
      this.#byTree.set(tree, known)
      if (known.keys.has(keyOf(names))) continue
      known.keys.add(keyOf(names))
      known.paths.push(names)
    }
  }

  /** Of one tree. */
  of(tree: string): readonly (readonly Uint8Array[])[] {
    return this.#byTree.get(tree)?.paths ?? []
  }

  /** The path itself or a folder above it is to go. */
  covers(tree: string, path: readonly Uint8Array[]): boolean {
    const keys = this.#byTree.get(tree)?.keys
    return keys !== undefined && path.some((_, depth) => keys.has(keyOf(path.slice(0, depth + 1))))
  }

  /** Exactly this path is to go. */
  has(tree: string, path: readonly Uint8Array[]): boolean {
    return this.#byTree.get(tree)?.keys.has(keyOf(path)) ?? false
  }
}

/** Names hold no slash. */
export function keyOf(path: readonly Uint8Array[]): string {
  return path.map((name) => Buffer.from(name.buffer, name.byteOffset, name.length).toString('latin1')).join('/')
}
