import { fstatSync } from 'node:fs'
import { bytesToPathText } from '../../../src-shared/model/path-text.ts'
import type { FileEntry, Metadata } from '../../archive/tree.ts'
import type { Directory, NodeStatus } from '../../os/file-system-calls.ts'
import { statusOf } from '../../os/portable-status.ts'
import { describeSystemError, errorCode } from '../../os/system-error.ts'
import { temporaryName } from '../../os/temporary-name.ts'
import { defaultAclName } from '../../os/xattr-names.ts'
import { type ApplyOptions, applyFlags, applyMetadata, removeInheritedAcl } from './apply-metadata.ts'
import type { Breather } from './breather.ts'
import { type Decision, decide, type PlacedEntry } from './conflict.ts'
import { childPath, lookUp } from './disk-names.ts'
import { entryFailure } from './extract-failure.ts'
import type { ExtractCounts, ExtractObserver, ExtractOptions } from './extract-options.ts'
import { LinkTargets } from './link-targets.ts'
import { checkName, freeName } from './safe-name.ts'
import type { SafetyCopy } from './safety-copy.ts'
import { removeLeftovers, StagedFolder } from './staged-folder.ts'
import { isStaged, type TargetFrame, type TargetFrames } from './target-frames.ts'
import type { ProblemCode } from './walk-problem.ts'
import { ContentWriter } from './write-content.ts'

/** From here on a file is written where it can be seen to be worked on. */
const largeFileBytes = 64n << 20n
const slash = 0x2f

interface PlacerParts {
  readonly options: ExtractOptions
  readonly observer: ExtractObserver
  readonly counts: ExtractCounts
  readonly frames: TargetFrames
  readonly safety: SafetyCopy | undefined
  readonly breather: Breather
}

type NodeEntry = Exclude<PlacedEntry, { kind: 'directory' | 'file' | 'hardlink' }>

/** Puts one entry after the other where it belongs. Each is counted once, whatever becomes of it. */
export class EntryPlacer {
  readonly #parts: PlacerParts
  readonly #writer: ContentWriter
  readonly #links = new LinkTargets()
  readonly #umask = process.umask()
  /** Folders that were looked through for what an earlier restore left behind, by their path on disk. */
  readonly #tidied = new WeakSet<Buffer>()
  /** In a folder that was left out: its path and those below it on the way, and why. */
  #lost: { readonly paths: Buffer[]; outcome: 'skipped' | 'failed'; reason: string } | undefined
  #hasWarnedOfOwners = false

  constructor(parts: PlacerParts) {
    this.#parts = parts
    this.#writer = new ContentWriter(parts.breather)
  }

  enterRoot(directory: Directory, isNew: boolean, metadata: Metadata): void {
    const { counts, options, frames, safety } = this.#parts
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
      hasDefaultAcl: this.#hasDefaultAcl(directory),
    })
  }

  async place(entry: PlacedEntry): Promise<void> {
    checkName(entry.name)
    const { counts, frames } = this.#parts
    counts.seen += 1
    if (entry.kind === 'directory') counts.folders += 1
    if (this.#lost !== undefined) {
      this.#leaveOut(entry, this.#lost.outcome, 'in-the-way', this.#lost.reason)
      if (entry.kind === 'directory') this.#lost.paths.push(childPath(this.#archivePath(), entry.name))
      return
    }
    const frame = frames.top
    try {
      await this.#placeIn(frame, entry)
    } catch (error) {
      const { code, reason } = entryFailure(error)
      this.#lose(entry, 'failed', code, reason)
    }
  }

  leave(): void {
    const { frames } = this.#parts
    if (this.#lost !== undefined) {
      this.#lost.paths.pop()
      if (this.#lost.paths.length === 0) this.#lost = undefined
      return
    }
    frames.pop((frame) => this.#finish(frame))
  }

  /** To be called now and then: a folder without its name does not keep it for long. */
  publishIfDue(): void {
    const { frames } = this.#parts
    const stage = frames.depth > 0 ? frames.top.stage : undefined
    if (stage === undefined || stage.isPublished || !stage.isDue) return
    stage.publishEarly()
  }

  /** Leaves what is still open, also after an error, which must not be covered by another. */
  abandon(): void {
    const { frames } = this.#parts
    while (frames.depth > 0) {
      try {
        frames.pop((frame) => this.#finish(frame))
      } catch {
        // The restore has ended already; this is as much order as can still be made.
      }
    }
  }

  async #placeIn(frame: TargetFrame, entry: PlacedEntry): Promise<void> {
    const existing = frame.isNew ? undefined : lookUp(frame.directory, entry.name)
    const decision = this.#decide(frame, existing, entry)
    switch (decision) {
      case 'keep':
      case 'keep-newer':
        this.#lose(entry, 'skipped', 'kept', decision === 'keep' ? 'It is already there' : 'What is there is newer')
        return
      case 'blocked':
        this.#lose(entry, 'failed', 'in-the-way', 'A folder with this name is in the way')
        return
      case 'identical':
        this.#parts.counts.identical += 1
        return
      case 'merge':
        this.#merge(frame, entry.name, entry)
        return
      case 'keep-both': {
        const name = freeName(entry.name, (candidate) => lookUp(frame.directory, candidate) !== undefined)
        this.#links.renamed(childPath(frame.archivePath, entry.name), name)
        await this.#put(frame, name, entry, 'new')
        return
      }
      case 'new':
      case 'replace':
        await this.#put(frame, Buffer.from(entry.name), entry, decision)
    }
  }

  #decide(frame: TargetFrame, existing: NodeStatus | undefined, entry: PlacedEntry): Decision {
    const decision = decide(this.#parts.options.conflict, existing, entry)
    if (existing === undefined) return decision
    // Links are the same if they say the same; other names if they lead to the same file.
    if (entry.kind === 'symlink' && existing.kind === 'symlink')
      return frame.directory.readLink(entry.name).equals(entry.target) ? 'identical' : decision
    if (entry.kind === 'hardlink' && existing.kind === 'file' && this.#leadsTo(existing, entry.target))
      return 'identical'
    return decision
  }

  async #put(frame: TargetFrame, name: Buffer, entry: PlacedEntry, how: 'new' | 'replace'): Promise<void> {
    const { counts, options } = this.#parts
    switch (entry.kind) {
      case 'directory':
        this.#makeDirectory(frame, name, entry, how)
        counts.writtenFolders += 1
        break
      case 'file':
        await this.#writeFile(frame, name, entry, how)
        break
      case 'hardlink':
        if (!options.carryOver.links) return this.#leaveOut(entry, 'skipped', 'kept', 'Links are not restored')
        if (!this.#makeHardLink(frame, name, entry.target, how))
          return this.#leaveOut(entry, 'failed', 'link-target', 'The file that it is another name of was not restored')
        break
      case 'symlink':
        if (!options.carryOver.links) return this.#leaveOut(entry, 'skipped', 'kept', 'Links are not restored')
        this.#makeNode(frame, name, entry, how)
        break
      default:
        this.#makeNode(frame, name, entry, how)
    }
    counts.written += 1
  }

  async #writeFile(frame: TargetFrame, name: Buffer, entry: FileEntry, how: 'new' | 'replace'): Promise<void> {
    const { counts, safety, options } = this.#parts
    const plain = 0o666 & ~this.#umask
    const permissions = options.carryOver.permissions ? entry.metadata.permissions : plain
    // It may take minutes, in which everything else waits for its name.
    if (entry.sizeBytes >= largeFileBytes) frame.stage?.publishEarly()
    const inStage = isStaged(frame)
    const file = frame.directory.createFile(inStage ? { permissions, name } : { permissions })
    try {
      await this.#writer.writeEntry(entry, file.fd)
      if (frame.hasDefaultAcl) removeInheritedAcl(file, 'file')
      if (!options.carryOver.permissions) file.setPermissions(plain)
      const apply = this.#applyOptions(frame, entry.name)
      applyMetadata(file, 'file', entry.metadata, apply)
      const isFree = how === 'replace' && this.#save(frame, name) === 'moved'
      safety?.created(childPath(frame.diskPath, name), statusOf(fstatSync(file.fd, { bigint: true })), inStage)
      file.publish(name, isFree ? 'new' : how)
      applyFlags(file, entry.metadata, apply)
      counts.writtenBytes += entry.sizeBytes
    } finally {
      file.close()
    }
  }

  /** Links, devices, fifos and sockets: made under another name where something gives way to them. */
  #makeNode(frame: TargetFrame, name: Buffer, entry: NodeEntry, how: 'new' | 'replace'): void {
    const { directory } = frame
    const isDirect = this.#isDirect(frame, how)
    const first = isDirect ? name : temporaryName()
    if (entry.kind === 'symlink') directory.makeSymlink(first, entry.target)
    else directory.makeNode(first, { ...entry, permissions: 0o600 })
    try {
      const node = directory.openNode(first, entry.kind)
      try {
        if (frame.hasDefaultAcl && entry.kind !== 'symlink') removeInheritedAcl(node, entry.kind)
        applyMetadata(node, entry.kind, entry.metadata, this.#applyOptions(frame, entry.name))
      } finally {
        node.close()
      }
      if (isDirect) this.#created(frame, name)
      else this.#takeName(frame, first, name, how)
    } catch (error) {
      directory.unlink(first)
      throw error
    }
  }

  /** False if the target is not there to be linked to. */
  #makeHardLink(frame: TargetFrame, name: Buffer, target: Uint8Array, how: 'new' | 'replace'): boolean {
    try {
      return (
        this.#links.lend(target, this.#parts.frames, (from, fromName) => {
          const isDirect = this.#isDirect(frame, how)
          const first = isDirect ? name : temporaryName()
          frame.directory.link(from, fromName, first)
          if (isDirect) this.#created(frame, name)
          else this.#takeName(frame, first, name, how)
          return true
        }) ?? false
      )
    } catch (error) {
      if (['ENOENT', 'ENOTDIR', 'ELOOP'].includes(errorCode(error) ?? '')) return false
      throw error
    }
  }

  #leadsTo(existing: NodeStatus, target: Uint8Array): boolean {
    try {
      return (
        this.#links.lend(target, this.#parts.frames, (_directory, _name, status) => {
          return status.inode === existing.inode && status.device === existing.device
        }) ?? false
      )
    } catch (error) {
      if (errorCode(error) === undefined) throw error
      return false
    }
  }

  /** Whether a node may be made under its own name: nothing gives way to it, and the journal need not know it before. */
  #isDirect(frame: TargetFrame, how: 'new' | 'replace'): boolean {
    return how === 'new' && (this.#parts.safety === undefined || isStaged(frame))
  }

  /** Of what is in a staged folder already. */
  #created({ directory, diskPath }: TargetFrame, name: Buffer): void {
    this.#parts.safety?.created(childPath(diskPath, name), directory.lstat(name), true)
  }

  /** From the temporary name to the real one. */
  #takeName(frame: TargetFrame, first: Buffer, name: Buffer, how: 'new' | 'replace'): void {
    const { directory, diskPath } = frame
    if (how === 'replace') this.#save(frame, name)
    this.#parts.safety?.created(childPath(diskPath, name), directory.lstat(first), false)
    directory.rename(first, directory, name)
  }

  #makeDirectory(frame: TargetFrame, name: Buffer, entry: PlacedEntry & { kind: 'directory' }, how: 'new' | 'replace') {
    const { safety, frames } = this.#parts
    if (how === 'replace' && this.#save(frame, name) !== 'moved') frame.directory.unlink(name)
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
      if (frame.hasDefaultAcl) this.#withNode(directory, (node) => removeInheritedAcl(node, 'directory'))
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
    const { options, observer, safety } = this.#parts
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
    const named = (actual: Buffer) => this.#links.renamed(archivePath, actual)
    return StagedFolder.begin({ parent: frame.directory, parentPath: frame.diskPath, name, safety, named })
  }

  /** The folder is complete, or what could be had of it. */
  #publish({ archivePath, diskPath }: TargetFrame, stage: StagedFolder): void {
    const name = stage.publish()
    const announced = diskPath.subarray(diskPath.lastIndexOf(slash) + 1)
    if (name.equals(announced)) return
    const reason = `Something else took this name meanwhile; it is called “${bytesToPathText(name)}” now`
    this.#parts.observer.warning({ path: bytesToPathText(archivePath), reason })
  }

  #merge(frame: TargetFrame, name: Uint8Array, entry: PlacedEntry): void {
    if (entry.kind !== 'directory') throw new Error('only folders are merged')
    const { counts, safety, frames, options } = this.#parts
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
      hasDefaultAcl: this.#hasDefaultAcl(directory),
    })
    counts.identical += 1
  }

  #finish(frame: TargetFrame): void {
    const { stage } = frame
    const ends = frame.isStageRoot && stage?.isPublished === false ? stage : undefined
    try {
      if (frame.takesMetadata) this.#applyToFolder(frame)
    } finally {
      if (ends !== undefined) this.#publish(frame, ends)
    }
    // Last of all: an immutable folder cannot be renamed.
    if (!frame.takesMetadata || frame.metadata.flags === 0n) return
    this.#withNode(frame.directory, (node) => applyFlags(node, frame.metadata, this.#applyOptions(frame)))
  }

  #applyToFolder(frame: TargetFrame): void {
    this.#withNode(frame.directory, (node) => {
      if (frame.isNew && !this.#parts.options.carryOver.permissions) node.setPermissions(0o777 & ~this.#umask)
      applyMetadata(node, 'directory', frame.metadata, this.#applyOptions(frame))
    })
  }

  #withNode(directory: Directory, work: (node: ReturnType<Directory['openNode']>) => void): void {
    const node = directory.openNode(undefined, 'directory')
    try {
      work(node)
    } finally {
      node.close()
    }
  }

  #save(frame: TargetFrame, name: Buffer): 'linked' | 'moved' | undefined {
    return this.#parts.safety?.save(frame.directory, name, childPath(frame.diskPath, name))
  }

  #hasDefaultAcl(directory: Directory): boolean {
    if (!this.#parts.options.calls.capabilities.acls) return false
    const { xattrs } = directory.attributes(undefined, 'directory', { xattrs: true, flags: false })
    return xattrs.some(({ name }) => defaultAclName.equals(name))
  }

  #applyOptions(frame: TargetFrame, name?: Uint8Array): ApplyOptions {
    const { options, observer } = this.#parts
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

  /** Leaves out an entry, and what is below it. */
  #lose(entry: PlacedEntry, outcome: 'skipped' | 'failed', code: ProblemCode, reason: string): void {
    this.#leaveOut(entry, outcome, code, reason)
    if (entry.kind !== 'directory') return
    const path = childPath(this.#archivePath(), entry.name)
    this.#lost = { paths: [path], outcome, reason: `Its folder was left out: ${reason}` }
  }

  #leaveOut(entry: PlacedEntry, outcome: 'skipped' | 'failed', code: ProblemCode, reason: string): void {
    const { counts, observer } = this.#parts
    const path = childPath(this.#archivePath(), entry.name)
    counts[outcome] += 1
    if (entry.kind === 'file') this.#links.absent(path)
    observer.problem({ path: bytesToPathText(path), outcome, code, reason })
  }

  /** Of the folder whose entries are coming. */
  #archivePath(): Buffer {
    return this.#lost?.paths.at(-1) ?? this.#parts.frames.top.archivePath
  }
}
