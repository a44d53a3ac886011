import { closeSync, readSync } from 'node:fs'
import { HoldfastError } from '../../../src-shared/errors.ts'
import { bytesToPathText } from '../../../src-shared/model/path-text.ts'
import type { Directory, FileSystemCalls, NodeKind, NodeStatus } from '../../os/file-system-calls.ts'
import type { OwnerNames } from '../../os/owner-names.ts'
import { isFrozenName } from '../freeze/frozen-name.ts'
import { describeRule, ExcludeRules, excludeFileName, maxExcludeFileBytes } from './exclude-rules.ts'
import { type ProblemObserver, readProblem, type TreeProblem } from './walk-problem.ts'

export interface TreeOptions {
  readonly calls: FileSystemCalls
  /** Patterns of the plan, as path text, in their order. */
  readonly exclude: readonly string[]
  /** Whether `.pxarexclude` files have a say. */
  readonly readExcludeFiles: boolean
  /** `one` is that of the root. A list names further mount points to enter, by their path from the root (`/mnt/data`). */
  readonly fileSystems: 'one' | 'all' | readonly string[]
  /** Leaves out directories named lost+found. */
  readonly skipLostAndFound: boolean
  /** Places that are read from elsewhere, by their path from the root; empty for the root itself (sources/freeze). */
  readonly grafts?: ReadonlyMap<string, Uint8Array> | undefined
  /** More entries than this end the walk with `source/too-many-entries`. */
  readonly entriesLimit: number
}

export type CursorStep =
  /** A directory, which is now open as `cursor.directory`. Its children follow, then its `leave`. */
  | { readonly type: 'enter'; readonly name: Buffer; readonly status: NodeStatus }
  | { readonly type: 'leave' }
  | { readonly type: 'node'; readonly name: Buffer; readonly status: NodeStatus }
  /** Something was left out; its problem was reported. A pause for those who breathe. */
  | { readonly type: 'nothing'; readonly name: Buffer; readonly kind: NodeKind }

/** seen = handedOver + skipped + failed, at every moment. */
export interface TreeCounts {
  seen: number
  handedOver: number
  skipped: number
  failed: number
}

interface Frame {
  /** Closed where the walk is far below, and opened again on the way back. */
  directory: Directory | undefined
  readonly status: NodeStatus
  /** It does not lie in the directory that is above it in this walk. */
  readonly isGraft: boolean
  readonly names: readonly Buffer[]
  next: number
  /** How much of the path is this directory, and how many rules were in force before it. */
  readonly pathLength: number
  readonly rulesBefore: number
}

interface Entering {
  readonly name: Buffer
  /** Of the directory above; undefined for the root. */
  readonly parent: NodeStatus | undefined
  readonly isGraft: boolean
}

/** So many directories stay open at once on the way down. */
const maxOpenDirectories = 128

const leave = { type: 'leave' } as const
const excludeFile = Buffer.from(excludeFileName)
const lostAndFound = Buffer.from('lost+found')
const emptyName = Buffer.alloc(0)

/**
 * Goes through a folder tree depth first, children by the bytes of their names, and applies what leaves things out:
 * rules, mount points, what cannot be opened. It knows no metadata: the backup, the scan and the sizes share it.
 */
export class TreeCursor {
  readonly counts: TreeCounts = { seen: 0, handedOver: 0, skipped: 0, failed: 0 }
  readonly #options: TreeOptions
  readonly #observer: ProblemObserver
  readonly #rules: ExcludeRules
  readonly #frames: Frame[] = []
  #rootPath: Uint8Array | undefined
  #path = Buffer.allocUnsafe(4096)
  #pathLength = 0

  constructor(root: Uint8Array, options: TreeOptions, observer: ProblemObserver) {
    this.#rootPath = root
    this.#options = options
    this.#observer = observer
    this.#rules = new ExcludeRules(options.exclude)
  }

  /** The directory of the last step: the one entered, or that of the node. */
  get directory(): Directory {
    const directory = this.#frames.at(-1)?.directory
    if (directory === undefined) throw new Error('the cursor is not in a directory')
    return directory
  }

  get owners(): OwnerNames {
    return this.#options.calls.owners
  }

  get depth(): number {
    return this.#frames.length
  }

  /** Path of the last entry from the root, as `/a/b`; empty for the root. A copy. */
  path(): Buffer {
    return Buffer.from(this.#path.subarray(0, this.#pathLength))
  }

  pathText(): string {
    return bytesToPathText(this.#path.subarray(0, this.#pathLength)) || '/'
  }

  /** The next step; `undefined` at the end. Throws `source/vanished` if the root cannot be opened. */
  next(): CursorStep | undefined {
    if (this.#rootPath !== undefined) return this.#enterRoot(this.#rootPath)
    const frame = this.#frames.at(-1)
    if (frame === undefined) return undefined
    this.#pathLength = frame.pathLength
    const name = frame.names[frame.next]
    if (name === undefined) return this.#leave(frame)
    frame.next += 1
    this.#append(name)
    return this.#child(frame, name)
  }

  /** Reports a problem with the last entry, and counts it there instead of as handed over. */
  withdraw(problem: TreeProblem): void {
    this.counts.handedOver -= 1
    this.counts[problem.outcome] += 1
    this.#observer.problem(problem)
  }

  /** Reports something that is no entry of its own: the rest of a file, the content of a mount point. */
  report(problem: TreeProblem): void {
    this.counts.seen += 1
    this.counts[problem.outcome] += 1
    this.#observer.problem(problem)
  }

  close(): void {
    for (const frame of this.#frames) frame.directory?.close()
    this.#frames.length = 0
  }

  #enterRoot(root: Uint8Array): CursorStep {
    this.#rootPath = undefined
    let directory: Directory
    try {
      directory = this.#options.calls.openDirectory(this.#options.grafts?.get('') ?? root)
    } catch (cause) {
      throw new HoldfastError('source/vanished', { detail: bytesToPathText(root), cause })
    }
    return this.#enter(directory, { name: emptyName, parent: undefined, isGraft: false })
  }

  #child(frame: Frame, name: Buffer): CursorStep {
    const parent = this.directory
    let status: NodeStatus
    try {
      status = parent.lstat(name)
    } catch (error) {
      return this.#leaveOut(name, 'file', readProblem(this.pathText(), error))
    }
    const isDirectory = status.kind === 'directory'
    const rule = this.#rules.find(this.#path, frame.pathLength + 1, this.#pathLength, isDirectory)
    if (rule !== undefined) return this.#exclude(name, status.kind, describeRule(rule))
    if (!isDirectory) {
      this.#handOver()
      return { type: 'node', name, status }
    }
    if (this.#options.skipLostAndFound && name.equals(lostAndFound))
      return this.#exclude(name, 'directory', 'A lost+found folder')
    if (isFrozenName(name)) return this.#exclude(name, 'directory', 'A snapshot that Holdfast reads from')
    const graft = this.#graft()
    let directory: Directory
    try {
      directory = graft === undefined ? parent.openDirectory(name) : this.#options.calls.openDirectory(graft)
    } catch (error) {
      return this.#leaveOut(name, 'directory', readProblem(this.pathText(), error))
    }
    return this.#enter(directory, { name, parent: frame.status, isGraft: graft !== undefined })
  }

  /** Where the last entry is read from, if not where it is. */
  #graft(): Uint8Array | undefined {
    const { grafts } = this.#options
    return grafts === undefined ? undefined : grafts.get(this.pathText())
  }

  #enter(directory: Directory, { name, parent, isGraft }: Entering): CursorStep {
    let status: NodeStatus
    let names: Buffer[]
    let barrier: TreeProblem | undefined
    try {
      // Again, now of what was opened: it may be another one than lstat saw.
      status = directory.status()
      barrier = this.#barrier(directory, status, parent)
      names = barrier === undefined ? directory.names() : []
    } catch (error) {
      directory.close()
      return this.#leaveOut(name, 'directory', readProblem(this.pathText(), error))
    }
    this.#handOver()
    if (barrier !== undefined) this.report(barrier)
    const rulesBefore = this.#rules.size
    this.#frames.push({ directory, status, isGraft, names, next: 0, pathLength: this.#pathLength, rulesBefore })
    this.#closeFar()
    if (this.#options.readExcludeFiles && includesName(names, excludeFile)) this.#readExcludeFile(directory)
    return { type: 'enter', name, status }
  }

  #closeFar(): void {
    if (!this.#options.calls.capabilities.anchored) return
    const at = this.#frames.length - 1 - maxOpenDirectories
    const far = this.#frames[at]
    // From a graft no `..` leads back.
    if (far === undefined || this.#frames[at + 1]?.isGraft === true) return
    far.directory?.close()
    far.directory = undefined
  }

  /** Why a directory's content is left out though it is itself kept (spec pbs §9.2). */
  #barrier(directory: Directory, status: NodeStatus, parent: NodeStatus | undefined): TreeProblem | undefined {
    if (parent !== undefined && status.device === parent.device) return undefined
    const path = this.pathText()
    if (directory.fileSystem().isVirtual)
      return { path, outcome: 'skipped', code: 'virtual-file-system', reason: 'Its content is made up by the system' }
    const { fileSystems } = this.#options
    if (parent === undefined || fileSystems === 'all') return undefined
    if (fileSystems !== 'one' && fileSystems.includes(path)) return undefined
    return { path, outcome: 'skipped', code: 'other-file-system', reason: 'Its content is on another file system' }
  }

  #leave(frame: Frame): CursorStep {
    this.#frames.pop()
    this.#rules.truncate(frame.rulesBefore)
    const parent = this.#frames.at(-1)
    try {
      if (parent !== undefined && parent.directory === undefined) this.#reopen(parent, frame)
    } finally {
      frame.directory?.close()
    }
    return leave
  }

  /** Comes back up through `..`. If that is another directory now, the rest of this one is out of reach. */
  #reopen(parent: Frame, child: Frame): void {
    const directory = child.directory?.openParent()
    if (directory === undefined) throw new Error('the child of a closed directory is open')
    parent.directory = directory
    const { inode, device } = directory.status()
    if (inode === parent.status.inode && device === parent.status.device) return
    const rest = parent.names.length - parent.next
    parent.next = parent.names.length
    this.#pathLength = parent.pathLength
    const reason = 'The folder was moved while it was read'
    for (let i = 0; i < rest; i++) this.report({ path: this.pathText(), outcome: 'failed', code: 'changed', reason })
  }

  #readExcludeFile(directory: Directory): void {
    const path = `${this.#pathLength === 0 ? '' : this.pathText()}/${excludeFileName}`
    try {
      if (directory.lstat(excludeFile).kind !== 'file') return
      const fd = directory.openFile(excludeFile)
      try {
        const content = Buffer.allocUnsafe(maxExcludeFileBytes)
        let length = 0
        for (let n = -1; n !== 0 && length < content.length; length += n)
          n = readSync(fd, content, length, content.length - length, null)
        this.#rules.addFile(content.subarray(0, length), this.path(), (line, problem) =>
          this.report({ path, outcome: 'failed', code: 'bad-pattern', reason: `${line}: ${problem}` }),
        )
      } finally {
        closeSync(fd)
      }
    } catch (error) {
      this.report({ ...readProblem(path, error), outcome: 'failed' })
    }
  }

  #handOver(): void {
    this.counts.seen += 1
    this.counts.handedOver += 1
    if (this.counts.handedOver > this.#options.entriesLimit)
      throw new HoldfastError('source/too-many-entries', { detail: `More than ${this.#options.entriesLimit}.` })
  }

  #exclude(name: Buffer, kind: NodeKind, reason: string): CursorStep {
    return this.#leaveOut(name, kind, { path: this.pathText(), outcome: 'skipped', code: 'excluded', reason })
  }

  #leaveOut(name: Buffer, kind: NodeKind, problem: TreeProblem): CursorStep {
    this.report(problem)
    return { type: 'nothing', name, kind }
  }

  #append(name: Buffer): void {
    const length = this.#pathLength + 1 + name.length
    if (length > this.#path.length) {
      const larger = Buffer.allocUnsafe(2 * length)
      larger.set(this.#path.subarray(0, this.#pathLength))
      this.#path = larger
    }
    this.#path[this.#pathLength] = 0x2f
    this.#path.set(name, this.#pathLength + 1)
    this.#pathLength = length
  }
}

/** Binary search in a sorted list. */
function includesName(names: readonly Buffer[], wanted: Buffer): boolean {
  let low = 0
  let high = names.length
  while (low < high) {
    const middle = (low + high) >> 1
    // low ≤ middle < high ≤ length
    const order = names[middle]!.compare(wanted)
    if (order === 0) return true
    if (order < 0) low = middle + 1
    else high = middle
  }
  return false
}
