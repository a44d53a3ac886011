import { fstatSync } from 'node:fs'
import type { FileEntry } from '../../archive/tree.ts'
import type { NodeStatus } from '../../os/file-system-calls.ts'
import { statusOf } from '../../os/portable-status.ts'
import { errorCode } from '../../os/system-error.ts'
import { temporaryName } from '../../os/temporary-name.ts'
import { applyFlags, applyMetadata, removeInheritedAcl } from './apply-metadata.ts'
import type { PlacedEntry } from './conflict.ts'
import { childPath } from './disk-names.ts'
import type { Placing } from './placing.ts'
import { isStaged, type TargetFrame } from './target-frames.ts'
import { ContentWriter } from './write-content.ts'

/** From here on a file is written where it can be seen to be worked on. */
const largeFileBytes = 64n << 20n

type NodeEntry = Exclude<PlacedEntry, { kind: 'directory' | 'file' | 'hardlink' }>

/** Puts files, links and whatever else is no folder in their places. */
export class NodePlacer {
  readonly #placing: Placing
  readonly #writer: ContentWriter

  constructor(placing: Placing) {
    this.#placing = placing
    this.#writer = new ContentWriter(placing.breather)
  }

  async writeFile(frame: TargetFrame, name: Buffer, entry: FileEntry, how: 'new' | 'replace'): Promise<void> {
    const { counts, safety, options } = this.#placing
    const plain = 0o666 & ~this.#placing.umask
    const permissions = options.carryOver.permissions ? entry.metadata.permissions : plain
    // It may take minutes, in which everything else waits for its name.
    if (entry.sizeBytes >= largeFileBytes) frame.stage?.publishEarly()
    const inStage = isStaged(frame)
    const file = frame.directory.createFile(inStage ? { permissions, name } : { permissions })
    try {
      await this.#writer.writeEntry(entry, file.fd)
      if (frame.hasDefaultAcl) removeInheritedAcl(file, 'file')
      if (!options.carryOver.permissions) file.setPermissions(plain)
      const apply = this.#placing.applyOptions(frame, entry.name)
      applyMetadata(file, 'file', entry.metadata, apply)
      const isFree = how === 'replace' && this.#placing.save(frame, name) === 'moved'
      safety?.created(childPath(frame.diskPath, name), statusOf(fstatSync(file.fd, { bigint: true })), inStage)
      file.publish(name, isFree ? 'new' : how)
      applyFlags(file, entry.metadata, apply)
      counts.writtenBytes += entry.sizeBytes
    } finally {
      file.close()
    }
  }

  /** Links, devices, fifos and sockets: made under another name where something gives way to them. */
  makeNode(frame: TargetFrame, name: Buffer, entry: NodeEntry, how: 'new' | 'replace'): void {
    const { directory } = frame
    const isDirect = this.#isDirect(frame, how)
    const first = isDirect ? name : temporaryName()
    if (entry.kind === 'symlink') directory.makeSymlink(first, entry.target)
    else directory.makeNode(first, { ...entry, permissions: 0o600 })
    try {
      const node = directory.openNode(first, entry.kind)
      try {
        if (frame.hasDefaultAcl && entry.kind !== 'symlink') removeInheritedAcl(node, entry.kind)
        applyMetadata(node, entry.kind, entry.metadata, this.#placing.applyOptions(frame, entry.name))
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
  makeHardLink(frame: TargetFrame, name: Buffer, target: Uint8Array, how: 'new' | 'replace'): boolean {
    try {
      return (
        this.#placing.links.lend(target, this.#placing.frames, (from, fromName) => {
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

  leadsTo(existing: NodeStatus, target: Uint8Array): boolean {
    try {
      return (
        this.#placing.links.lend(target, this.#placing.frames, (_directory, _name, status) => {
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
    return how === 'new' && (this.#placing.safety === undefined || isStaged(frame))
  }

  /** Of what is in a staged folder already. */
  #created({ directory, diskPath }: TargetFrame, name: Buffer): void {
    this.#placing.safety?.created(childPath(diskPath, name), directory.lstat(name), true)
  }

  /** From the temporary name to the real one. */
  #takeName(frame: TargetFrame, first: Buffer, name: Buffer, how: 'new' | 'replace'): void {
    const { directory, diskPath } = frame
    if (how === 'replace') this.#placing.save(frame, name)
    this.#placing.safety?.created(childPath(diskPath, name), directory.lstat(first), false)
    directory.rename(first, directory, name)
  }
}
