import { fstatSync } from 'node:fs'
import { bytesToPathText } from '../../../src-shared/model/path-text.ts'
import type { FileEntry, Metadata } from '../../archive/tree.ts'
import type { Directory, NodeStatus } from '../../os/file-system-calls.ts'
import { statusOf } from '../../os/portable-status.ts'
import { errorCode } from '../../os/system-error.ts'
import { temporaryName } from '../../os/temporary-name.ts'
import { defaultAclName } from '../../os/xattr-names.ts'
import { type ApplyOptions, applyFlags, applyMetadata, removeInheritedAcl } from './apply-metadata.ts'
import type { Breather } from './breather.ts'
import { type Decision, decide, type PlacedEntry } from './conflict.ts'
import { entryFailure } from './extract-failure.ts'
import type { ExtractCounts, ExtractObserver, ExtractOptions } from './extract-options.ts'
import { LinkTargets } from './link-targets.ts'
import { checkName, freeName } from './safe-name.ts'
import type { SafetyCopy } from './safety-copy.ts'
import type { TargetFrame, TargetFrames } from './target-frames.ts'
import type { ProblemCode } from './walk-problem.ts'
import { ContentError, ContentWriter } from './write-content.ts'

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
    const file = frame.directory.createFile()
    try {
      await this.#writeContent(entry, file.fd)
      if (frame.hasDefaultAcl) removeInheritedAcl(file, 'file')
      if (!options.carryOver.permissions) file.setPermissions(0o666 & ~this.#umask)
      const apply = this.#applyOptions(frame, entry.name)
      applyMetadata(file, 'file', entry.metadata, apply)
      const isFree = how === 'replace' && this.#save(frame, name) === 'moved'
      safety?.created(childPath(frame.diskPath, name), statusOf(fstatSync(file.fd, { bigint: true })))
      file.publish(name, isFree ? 'new' : how)
      applyFlags(file, entry.metadata, apply)
      counts.writtenBytes += entry.sizeBytes
    } finally {
      file.close()
    }
  }

  async #writeContent(entry: FileEntry, fd: number): Promise<void> {
    const opened = openEntry(entry)
    const content = opened instanceof Promise ? await opened : opened
    try {
      await this.#writer.write(content, fd, entry.sizeBytes)
    } finally {
      const closed = content.close()
      if (closed instanceof Promise) await closed
    }
  }

  /** Links, devices, fifos and sockets: made under another name where something gives way to them. */
  #makeNode(frame: TargetFrame, name: Buffer, entry: NodeEntry, how: 'new' | 'replace'): void {
    const { directory } = frame
    const isDirect = how === 'new' && this.#parts.safety === undefined
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
      if (!isDirect) this.#takeName(frame, first, name, how)
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
          const isDirect = how === 'new' && this.#parts.safety === undefined
          const first = isDirect ? name : temporaryName()
          frame.directory.link(from, fromName, first)
          if (!isDirect) this.#takeName(frame, first, name, how)
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

  /** From the temporary name to the real one. */
  #takeName(frame: TargetFrame, first: Buffer, name: Buffer, how: 'new' | 'replace'): void {
    const { directory, diskPath } = frame
    if (how === 'replace') this.#save(frame, name)
    this.#parts.safety?.created(childPath(diskPath, name), directory.lstat(first))
    directory.rename(first, directory, name)
  }

  #makeDirectory(frame: TargetFrame, name: Buffer, entry: PlacedEntry & { kind: 'directory' }, how: 'new' | 'replace') {
    const { safety, frames } = this.#parts
    if (how === 'replace' && this.#save(frame, name) !== 'moved') frame.directory.unlink(name)
    frame.directory.makeDirectory(name, 0o700)
    const directory = frame.directory.openDirectory(name)
    let status: NodeStatus
    const diskPath = childPath(frame.diskPath, name)
    try {
      status = directory.status()
      safety?.created(diskPath, status)
      if (frame.hasDefaultAcl) this.#withNode(directory, (node) => removeInheritedAcl(node, 'directory'))
    } catch (error) {
      directory.close()
      throw error
    }
    frames.push({
      directory,
      status,
      archivePath: childPath(frame.archivePath, entry.name),
      diskPath,
      metadata: entry.metadata,
      isNew: true,
      takesMetadata: true,
      hasDefaultAcl: false,
    })
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
    const { carryOver } = this.#parts.options
    if (!frame.takesMetadata) return
    this.#withNode(frame.directory, (node) => {
      if (frame.isNew && !carryOver.permissions) node.setPermissions(0o777 & ~this.#umask)
      const apply = this.#applyOptions(frame)
      applyMetadata(node, 'directory', frame.metadata, apply)
      applyFlags(node, frame.metadata, apply)
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

function openEntry(entry: FileEntry): ReturnType<FileEntry['open']> {
  const asContentError = (cause: unknown): never => {
    throw new ContentError('its content could not be read', { cause })
  }
  try {
    const opened = entry.open()
    return opened instanceof Promise ? opened.catch(asContentError) : opened
  } catch (cause) {
    return asContentError(cause)
  }
}

function lookUp(directory: Directory, name: Uint8Array): NodeStatus | undefined {
  try {
    return directory.lstat(name)
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined
    throw error
  }
}

function childPath(path: Buffer, name: Uint8Array): Buffer {
  const joined = Buffer.allocUnsafe(path.length + 1 + name.length)
  joined.set(path)
  joined[path.length] = 0x2f
  joined.set(name, path.length + 1)
  return joined
}
