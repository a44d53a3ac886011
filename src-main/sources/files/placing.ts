import { bytesToPathText } from '../../../src-shared/model/path-text.ts'
import type { Directory } from '../../os/file-system-calls.ts'
import { defaultAclName } from '../../os/xattr-names.ts'
import type { ApplyOptions } from './apply-metadata.ts'
import type { Breather } from './breather.ts'
import { childPath } from './disk-names.ts'
import type { ExtractCounts, ExtractObserver, ExtractOptions } from './extract-options.ts'
import { LinkTargets } from './link-targets.ts'
import type { SafetyCopy } from './safety-copy.ts'
import type { TargetFrame, TargetFrames } from './target-frames.ts'

export interface PlacingParts {
  readonly options: ExtractOptions
  readonly observer: ExtractObserver
  readonly counts: ExtractCounts
  readonly frames: TargetFrames
  readonly safety: SafetyCopy | undefined
  readonly breather: Breather
}

/** What everything that is put in its place has in common: where, by which rules, and who hears of it. */
export class Placing implements PlacingParts {
  readonly options: ExtractOptions
  readonly observer: ExtractObserver
  readonly counts: ExtractCounts
  readonly frames: TargetFrames
  readonly safety: SafetyCopy | undefined
  readonly breather: Breather
  readonly links = new LinkTargets()
  readonly umask = process.umask()
  #hasWarnedOfOwners = false

  constructor(parts: PlacingParts) {
    this.options = parts.options
    this.observer = parts.observer
    this.counts = parts.counts
    this.frames = parts.frames
    this.safety = parts.safety
    this.breather = parts.breather
  }

  /** Of a folder itself, for its metadata. */
  withNode(directory: Directory, work: (node: ReturnType<Directory['openNode']>) => void): void {
    const node = directory.openNode(undefined, 'directory')
    try {
      work(node)
    } finally {
      node.close()
    }
  }

  /** Puts what gives way into the safety copy, where there is one. */
  save(frame: TargetFrame, name: Buffer): 'linked' | 'moved' | undefined {
    return this.safety?.save(frame.directory, name, childPath(frame.diskPath, name))
  }

  /** New entries of such a folder inherit what they must not have. */
  hasDefaultAcl(directory: Directory): boolean {
    if (!this.options.calls.capabilities.acls) return false
    const { xattrs } = directory.attributes(undefined, 'directory', { xattrs: true, flags: false })
    return xattrs.some(({ name }) => defaultAclName.equals(name))
  }

  applyOptions(frame: TargetFrame, name?: Uint8Array): ApplyOptions {
    const { options, observer } = this
    return {
      carryOver: options.carryOver,
      owners: options.calls.owners,
      warn: (what, reason) => {
        const path = name === undefined ? frame.archivePath : childPath(frame.archivePath, name)
        // Who is not root hears this of every file: once is enough.
        if (what === 'owner' && !options.calls.capabilities.owners) {
          if (this.#hasWarnedOfOwners) return
          this.#hasWarnedOfOwners = true
          observer.warning({ path: '/', reason: 'Owners cannot be restored without administrator rights' })
        } else observer.warning({ path: bytesToPathText(path) || '/', reason })
      },
    }
  }
}
