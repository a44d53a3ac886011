import { bytesToPathText } from '../../../src-shared/model/path-text.ts'
import type { Metadata } from '../../archive/tree.ts'
import type { Directory, NodeStatus } from '../../os/file-system-calls.ts'
import { type Decision, decide, type PlacedEntry } from './conflict.ts'
import { childPath, lookUp } from './disk-names.ts'
import { entryFailure } from './extract-failure.ts'
import { FolderPlacer } from './folder-placer.ts'
import { NodePlacer } from './node-placer.ts'
import { Placing, type PlacingParts } from './placing.ts'
import { checkName, freeName } from './safe-name.ts'
import type { TargetFrame } from './target-frames.ts'
import type { ProblemCode } from './walk-problem.ts'

/** Puts one entry after the other where it belongs. Each is counted once, whatever becomes of it. */
export class EntryPlacer {
  readonly #placing: Placing
  readonly #nodes: NodePlacer
  readonly #folders: FolderPlacer
  /** In a folder that was left out: its path and those below it on the way, and why. */
  #lost: { readonly paths: Buffer[]; outcome: 'skipped' | 'failed'; reason: string } | undefined

  constructor(parts: PlacingParts) {
    this.#placing = new Placing(parts)
    this.#nodes = new NodePlacer(this.#placing)
    this.#folders = new FolderPlacer(this.#placing)
  }

  enterRoot(directory: Directory, isNew: boolean, metadata: Metadata): void {
    this.#folders.enterRoot(directory, isNew, metadata)
  }

  async place(entry: PlacedEntry): Promise<void> {
    checkName(entry.name)
    const { counts, frames } = this.#placing
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
    const { frames } = this.#placing
    if (this.#lost !== undefined) {
      this.#lost.paths.pop()
      if (this.#lost.paths.length === 0) this.#lost = undefined
      return
    }
    frames.pop((frame) => this.#folders.finish(frame))
  }

  /** To be called now and then: a folder without its name does not keep it for long. */
  publishIfDue(): void {
    const { frames } = this.#placing
    const stage = frames.depth > 0 ? frames.top.stage : undefined
    if (stage === undefined || stage.isPublished || !stage.isDue) return
    stage.publishEarly()
  }

  /** Leaves what is still open, also after an error, which must not be covered by another. */
  abandon(): void {
    const { frames } = this.#placing
    while (frames.depth > 0) {
      try {
        frames.pop((frame) => this.#folders.finish(frame))
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
        this.#placing.counts.identical += 1
        return
      case 'merge':
        this.#folders.merge(frame, entry.name, entry)
        return
      case 'keep-both': {
        const name = freeName(entry.name, (candidate) => lookUp(frame.directory, candidate) !== undefined)
        this.#placing.links.renamed(childPath(frame.archivePath, entry.name), name)
        await this.#put(frame, name, entry, 'new')
        return
      }
      case 'new':
      case 'replace':
        await this.#put(frame, Buffer.from(entry.name), entry, decision)
    }
  }

  #decide(frame: TargetFrame, existing: NodeStatus | undefined, entry: PlacedEntry): Decision {
    const decision = decide(this.#placing.options.conflict, existing, entry)
    if (existing === undefined) return decision
    // Links are the same if they say the same; other names if they lead to the same file.
    if (entry.kind === 'symlink' && existing.kind === 'symlink')
      return frame.directory.readLink(entry.name).equals(entry.target) ? 'identical' : decision
    if (entry.kind === 'hardlink' && existing.kind === 'file' && this.#nodes.leadsTo(existing, entry.target))
      return 'identical'
    return decision
  }

  async #put(frame: TargetFrame, name: Buffer, entry: PlacedEntry, how: 'new' | 'replace'): Promise<void> {
    const { counts, options } = this.#placing
    switch (entry.kind) {
      case 'directory':
        this.#folders.makeDirectory(frame, name, entry, how)
        counts.writtenFolders += 1
        break
      case 'file':
        await this.#nodes.writeFile(frame, name, entry, how)
        break
      case 'hardlink':
        if (!options.carryOver.links) return this.#leaveOut(entry, 'skipped', 'kept', 'Links are not restored')
        if (!this.#nodes.makeHardLink(frame, name, entry.target, how))
          return this.#leaveOut(entry, 'failed', 'link-target', 'The file that it is another name of was not restored')
        break
      case 'symlink':
        if (!options.carryOver.links) return this.#leaveOut(entry, 'skipped', 'kept', 'Links are not restored')
        this.#nodes.makeNode(frame, name, entry, how)
        break
      default:
        this.#nodes.makeNode(frame, name, entry, how)
    }
    counts.written += 1
  }

  /** Leaves out an entry, and what is below it. */
  #lose(entry: PlacedEntry, outcome: 'skipped' | 'failed', code: ProblemCode, reason: string): void {
    this.#leaveOut(entry, outcome, code, reason)
    if (entry.kind !== 'directory') return
    const path = childPath(this.#archivePath(), entry.name)
    this.#lost = { paths: [path], outcome, reason: `Its folder was left out: ${reason}` }
  }

  #leaveOut(entry: PlacedEntry, outcome: 'skipped' | 'failed', code: ProblemCode, reason: string): void {
    const { counts, observer } = this.#placing
    const path = childPath(this.#archivePath(), entry.name)
    counts[outcome] += 1
    if (entry.kind === 'file') this.#placing.links.absent(path)
    observer.problem({ path: bytesToPathText(path), outcome, code, reason })
  }

  /** Of the folder whose entries are coming. */
  #archivePath(): Buffer {
    return this.#lost?.paths.at(-1) ?? this.#placing.frames.top.archivePath
  }
}
