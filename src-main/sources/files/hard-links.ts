import type { NodeStatus } from '../../os/file-system-calls.ts'

interface Known {
  readonly path: Buffer
  remaining: number
}

/** Files with several names: the first that comes by is the file, the others point to it. */
export class HardLinks {
  readonly #byNode = new Map<bigint, Known>()

  /**
   * The path from the root, without a leading slash, under which this file came by before; `undefined` for the first
   * time, when `path` is called to remember it. Forgets a file when its last name was seen.
   */
  find(status: NodeStatus, path: () => Buffer): Buffer | undefined {
    if (status.links < 2) return undefined
    const key = nodeKey(status)
    const known = this.#byNode.get(key)
    if (known === undefined) {
      this.#byNode.set(key, { path: path().subarray(1), remaining: status.links - 1 })
      return undefined
    }
    known.remaining -= 1
    if (known.remaining <= 0) this.#byNode.delete(key)
    return known.path
  }

  /** The file could not be read under its first name: the next one is to be the file. */
  forget(status: NodeStatus): void {
    this.#byNode.delete(nodeKey(status))
  }
}

function nodeKey({ device, inode }: NodeStatus): bigint {
  return (device << 64n) | inode
}
