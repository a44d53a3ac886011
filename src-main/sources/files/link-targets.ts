import type { Directory, NodeStatus } from '../../os/file-system-calls.ts'
import { checkedComponents } from './safe-name.ts'
import type { TargetFrames } from './target-frames.ts'

/** Where the first name of a file with several names went, so that the others can be linked to it. */
export class LinkTargets {
  readonly #renamed = new Map<string, Buffer>()
  readonly #absent = new Set<string>()

  /** The entry at this path of the archive has another name on disk. */
  renamed(archivePath: Buffer, name: Buffer): void {
    this.#renamed.set(archivePath.toString('latin1'), name)
  }

  /** What is on disk at this path, if anything, is not the archive's file. */
  absent(archivePath: Buffer): void {
    this.#absent.add(archivePath.toString('latin1'))
  }

  /**
   * Looks up a target and lends it to `use` together with its directory. No link is followed on the way. `undefined` if
   * the file was not restored.
   */
  lend<T>(
    target: Uint8Array,
    frames: TargetFrames,
    use: (directory: Directory, name: Buffer, status: NodeStatus) => T,
  ): T | undefined {
    const components = checkedComponents(target)
    if (this.#absent.has(`/${Buffer.from(target).toString('latin1')}`)) return undefined
    let directory = frames.root.directory
    let path = ''
    try {
      for (const [index, component] of components.entries()) {
        path += `/${component.toString('latin1')}`
        const name = this.#renamed.get(path) ?? component
        if (index === components.length - 1) {
          const status = directory.lstat(name)
          return status.kind === 'file' ? use(directory, name, status) : undefined
        }
        const child = directory.openDirectory(name)
        if (directory !== frames.root.directory) directory.close()
        directory = child
      }
      return undefined
    } finally {
      if (directory !== frames.root.directory) directory.close()
    }
  }
}
