import { bytesToPathText } from '../../../src-shared/model/path-text.ts'
import type { Metadata } from '../../archive/tree.ts'
import type { Directory, NodeStatus } from '../../os/file-system-calls.ts'
import { describeSystemError } from '../../os/system-error.ts'
import { applyFlags, applyMetadata, removeInheritedAcl } from './apply-metadata.ts'
import type { PlacedEntry } from './conflict.ts'
import { childPath } from './disk-names.ts'
import type { Placing } from './placing.ts'
import { removeLeftovers, StagedFolder } from './staged-folder.ts'
import { isStaged, type TargetFrame } from './target-frames.ts'

const slash = 0x2f

/** Opens folders for what belongs into them, new ones and those that are there, and finishes them when all of it is. */
export class FolderPlacer {
  readonly #placing: Placing
  /** Folders that were looked through for what an earlier restore left behind, by their path on disk. */
  readonly #tidied = new WeakSet<Buffer>()

  constructor(placing: Placing) {
    this.#placing = placing
  }

  enterRoot(directory: Directory, isNew: boolean, metadata: Metadata): void {
    const { counts, options, frames, safety } = this.#placing
    const none = Buffer.alloc(0)
    const status = directory.status()
    counts.seen += 1
    counts.folders += 1
    if (isNew) counts.writtenFolders += 1
    counts[isNew ? 'written' : 'identical'] += 1
    if (!isNew) safety?.entered(none, status)
    frames.push({
      directory,
      status,
      archivePath: none,
      diskPath: none,
      metadata,
      isNew,
      takesMetadata: isNew || options.applyToRoot,
      hasDefaultAcl: this.#placing.hasDefaultAcl(directory),
    })
  }

  makeDirectory(frame: TargetFrame, name: Buffer, entry: PlacedEntry & { kind: 'directory' }, how: 'new' | 'replace') {
    const { safety, frames } = this.#placing
    if (how === 'replace' && this.#placing.save(frame, name) !== 'moved') frame.directory.unlink(name)
    const archivePath = childPath(frame.archivePath, entry.name)
    const begun = how === 'new' && !isStaged(frame) ? this.#stage(frame, name, archivePath) : undefined
    const stage = begun ?? frame.stage
    const diskPath = childPath(frame.diskPath, name)
    const actualName = begun?.temporary ?? name
    if (begun === undefined) frame.directory.makeDirectory(name, 0o700)
    const directory = frame.directory.openDirectory(actualName)
    let status: NodeStatus
    try {
      status = directory.status()
      safety?.created(diskPath, status, begun !== undefined || isStaged(frame))
      if (frame.hasDefaultAcl) this.#placing.withNode(directory, (node) => removeInheritedAcl(node, 'directory'))
    } catch (error) {
      directory.close()
      throw error
    }
    frames.push({
      directory,
      status,
      archivePath,
      diskPath,
      metadata: entry.metadata,
      isNew: true,
      takesMetadata: true,
      hasDefaultAcl: false,
      stage,
      isStageRoot: begun !== undefined,
    })
  }

  /** Undefined where a folder cannot be made under another name first. */
  #stage(frame: TargetFrame, name: Buffer, archivePath: Buffer): StagedFolder | undefined {
    const { options, observer, safety } = this.#placing
    // Open directories must survive the change of the name.
    if (!options.calls.capabilities.anchored) return undefined
    if (!frame.isNew && !this.#tidied.has(frame.diskPath)) {
      this.#tidied.add(frame.diskPath)
      removeLeftovers(frame.directory, (leftover, error) =>
        observer.warning({
          path: bytesToPathText(childPath(frame.diskPath, Buffer.from(leftover))),
          reason: `What a restore that was cut off left here could not be removed: ${describeSystemError(error)}`,
        }),
      )
    }
    const named = (actual: Buffer) => this.#placing.links.renamed(archivePath, actual)
    return StagedFolder.begin({ parent: frame.directory, parentPath: frame.diskPath, name, safety, named })
  }

  /** The folder is complete, or what could be had of it. */
  #publish({ archivePath, diskPath }: TargetFrame, stage: StagedFolder): void {
    const name = stage.publish()
    const announced = diskPath.subarray(diskPath.lastIndexOf(slash) + 1)
    if (name.equals(announced)) return
    const reason = `Something else took this name meanwhile; it is called “${bytesToPathText(name)}” now`
    this.#placing.observer.warning({ path: bytesToPathText(archivePath), reason })
  }

  merge(frame: TargetFrame, name: Uint8Array, entry: PlacedEntry): void {
    if (entry.kind !== 'directory') throw new Error('only folders are merged')
    const { counts, safety, frames, options } = this.#placing
    const directory = frame.directory.openDirectory(name)
    const status = directory.status()
    const diskPath = childPath(frame.diskPath, name)
    safety?.entered(diskPath, status)
    const isOlder = status.mtimeNs < entry.metadata.mtimeNs
    frames.push({
      directory,
      status,
      archivePath: childPath(frame.archivePath, entry.name),
      diskPath,
      metadata: entry.metadata,
      isNew: false,
      takesMetadata: options.conflict === 'overwrite' || (options.conflict === 'newer' && isOlder),
      hasDefaultAcl: this.#placing.hasDefaultAcl(directory),
    })
    counts.identical += 1
  }

  finish(frame: TargetFrame): void {
    const { stage } = frame
    const ends = frame.isStageRoot && stage?.isPublished === false ? stage : undefined
    try {
      if (frame.takesMetadata) this.#applyToFolder(frame)
    } finally {
      if (ends !== undefined) this.#publish(frame, ends)
    }
    // Last of all: an immutable folder cannot be renamed.
    if (!frame.takesMetadata || frame.metadata.flags === 0n) return
    this.#placing.withNode(frame.directory, (node) =>
      applyFlags(node, frame.metadata, this.#placing.applyOptions(frame)),
    )
  }

  #applyToFolder(frame: TargetFrame): void {
    this.#placing.withNode(frame.directory, (node) => {
      if (frame.isNew && !this.#placing.options.carryOver.permissions) node.setPermissions(0o777 & ~this.#placing.umask)
      applyMetadata(node, 'directory', frame.metadata, this.#placing.applyOptions(frame))
    })
  }
}
