import { HoldfastError } from '../../../src-shared/errors.ts'
import { bytesToPathText } from '../../../src-shared/model/path-text.ts'
import type { Metadata } from '../../archive/tree.ts'
import type { Directory, NodeStatus } from '../../os/file-system-calls.ts'
import type { StagedFolder } from './staged-folder.ts'

/** A directory that a restore is in. */
export interface TargetFrame {
  readonly directory: Directory
  readonly status: NodeStatus
  /** Paths from the root, as `/a/b`, in the archive and on disk: they differ below a folder that was given another name. */
  readonly archivePath: Buffer
  readonly diskPath: Buffer
  readonly metadata: Metadata
  /** It was made by this restore: what is in it, this restore has put there. */
  readonly isNew: boolean
  /** Whether it gets its metadata from the archive on leaving. */
  readonly takesMetadata: boolean
  /** Whether what is made in it gets an ACL that nobody asked for. */
  readonly hasDefaultAcl: boolean
  /** Of the folder above, or this one itself, that has or had no name of its own yet. */
  readonly stage?: StagedFolder | undefined
  readonly isStageRoot?: boolean
}

/** Nobody but this restore knows the folder yet. */
export function isStaged({ stage }: TargetFrame): boolean {
  return stage !== undefined && !stage.isPublished
}

const maxOpenDirectories = 128

/**
 * The directories from the target down to where a restore is. Far above, they are closed, and opened again by `..` on
 * the way back. The target itself stays open.
 */
export class TargetFrames {
  readonly #frames: { frame: TargetFrame; isOpen: boolean }[] = []
  readonly #canReopen: boolean

  constructor(canReopen: boolean) {
    this.#canReopen = canReopen
  }

  get depth(): number {
    return this.#frames.length
  }

  get top(): TargetFrame {
    const top = this.#frames.at(-1)
    if (top === undefined) throw new HoldfastError('archive/corrupt', { detail: 'An entry lies outside the root.' })
    return top.frame
  }

  get root(): TargetFrame {
    const root = this.#frames[0]
    if (root === undefined) throw new HoldfastError('archive/corrupt', { detail: 'An entry lies outside the root.' })
    return root.frame
  }

  push(frame: TargetFrame): void {
    this.#frames.push({ frame, isOpen: true })
    const index = this.#frames.length - 1 - maxOpenDirectories
    const far = this.#frames[index]
    if (!this.#canReopen || index < 1 || far === undefined) return
    far.frame.directory.close()
    far.isOpen = false
  }

  /** Leaves the top one, for which `finish` is called while it is still open. */
  pop(finish: (frame: TargetFrame) => void): void {
    const top = this.#frames.at(-1)
    if (top === undefined) throw new HoldfastError('archive/corrupt', { detail: 'A folder ends that did not begin.' })
    try {
      finish(top.frame)
    } finally {
      this.#frames.pop()
      try {
        this.#reopenTop(top.frame.directory)
      } finally {
        top.frame.directory.close()
      }
    }
  }

  #reopenTop(child: Directory): void {
    const above = this.#frames.at(-1)
    if (above === undefined || above.isOpen) return
    const directory = child.openParent()
    const { inode, device } = directory.status()
    this.#frames[this.#frames.length - 1] = { frame: { ...above.frame, directory }, isOpen: true }
    if (inode === above.frame.status.inode && device === above.frame.status.device) return
    throw new HoldfastError('path/not-found', {
      detail: `${bytesToPathText(above.frame.diskPath)} was moved during the restore.`,
    })
  }
}
