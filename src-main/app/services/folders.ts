import { constants } from 'node:fs'
import { access, lstat, mkdir, readdir, readFile, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import type { FolderEntry, FolderMeasurement } from '../../../src-shared/contract/folders.ts'
import { HoldfastError } from '../../../src-shared/errors.ts'
import { presetPatterns } from '../../../src-shared/model/exclude-presets.ts'
import { bytesToPathText, displayPath, pathTextToBytes } from '../../../src-shared/model/path-text.ts'
import type { FileSystemCalls } from '../../os/file-system-calls.ts'
import { errorCode } from '../../os/system-error.ts'
import { describeRule, ExcludeRules } from '../../sources/files/exclude-rules.ts'
import { scanTree } from '../../sources/files/scan.ts'
import type { TreeOptions } from '../../sources/files/tree-cursor.ts'
import type { TreeProblem } from '../../sources/files/walk-problem.ts'

export interface FolderRules {
  readonly excludes: readonly string[]
  readonly presets: readonly string[]
}

export interface ListRequest {
  readonly path: string
  readonly root: string | undefined
  readonly rules: FolderRules | undefined
  readonly filesToo: boolean
}

/** More children than this are not shown when a folder is picked. */
const maximumEntries = 5000
const statsAtOnce = 16
/** Left out folders whose size is looked up; the rest is counted as one file each. */
const maximumExcluded = 20_000
const everyMs = 250

/** The live disk, for picking folders. */
export class FoldersService {
  readonly #calls: FileSystemCalls

  constructor(calls: FileSystemCalls) {
    this.#calls = calls
  }

  async list(request: ListRequest): Promise<{ path: string; parent?: string; entries: FolderEntry[] }> {
    if (request.path === '') return { path: '', entries: await roots() }
    const folder = request.path
    const names = await namesIn(folder)
    const rules = request.rules === undefined ? undefined : ruleFinder(request.rules, request.root ?? folder)
    const entries: FolderEntry[] = []
    for (let at = 0; at < names.length && entries.length < maximumEntries; at += statsAtOnce) {
      const some = await Promise.all(names.slice(at, at + statsAtOnce).map((name) => describe(folder, name)))
      for (const entry of some) {
        if (entry === undefined || (!request.filesToo && entry.kind !== 'directory')) continue
        const excludedBy = rules?.(entry.path, entry.kind === 'directory')
        entries.push(excludedBy === undefined ? entry : { ...entry, excludedBy })
      }
    }
    entries.sort((a, b) => rank(a) - rank(b) || collator.compare(a.name, b.name))
    const parent = dirname(folder)
    return parent === folder ? { path: folder, parent: '', entries } : { path: folder, parent, entries }
  }

  /** Folders that this person really has, best known first. */
  async suggestions(): Promise<{ path: string; title: string }[]> {
    const home = homedir()
    const candidates = [...(await userFolders(home)), { path: home, title: 'Home folder' }]
    const found: { path: string; title: string }[] = []
    for (const candidate of candidates) {
      const isKnown = found.some(({ path }) => path === candidate.path)
      if (!isKnown && (await isReadableFolder(candidate.path))) found.push(candidate)
    }
    return found
  }

  /** Counts what a backup of a folder would hold, then how much each rule leaves out. */
  async *measure(path: string, rules: FolderRules | undefined, signal: AbortSignal): AsyncGenerator<FolderMeasurement> {
    const excluded: TreeProblem[] = []
    const options = this.#treeOptions(rules)
    const observer = {
      problem: (problem: TreeProblem): void => {
        if (problem.code === 'excluded' && excluded.length < maximumExcluded) excluded.push(problem)
      },
    }
    const measured = { path, files: 0, bytes: 0, excludedFiles: 0, excludedBytes: 0 }
    const byRule = new Map<string, number>()
    const state = (done: boolean): FolderMeasurement => ({
      ...measured,
      excludedBy: [...byRule].map(([rule, bytes]) => ({ rule, bytes })).sort((a, b) => b.bytes - a.bytes),
      done,
    })
    let lastAt = performance.now()
    for await (const progress of scanTree(path, options, observer, signal)) {
      measured.files = progress.files
      measured.bytes = Number(progress.sizeBytes)
      if (performance.now() - lastAt < everyMs) continue
      lastAt = performance.now()
      yield state(false)
    }
    for (const { path: below, reason } of excluded) {
      const size = await this.#size(joinPath(path, below), signal)
      measured.excludedFiles += size.files
      measured.excludedBytes += size.bytes
      const rule = reason.replace(/^Excluded by /, '')
      byRule.set(rule, (byRule.get(rule) ?? 0) + size.bytes)
      if (performance.now() - lastAt < everyMs) continue
      lastAt = performance.now()
      yield state(false)
    }
    yield state(true)
  }

  async create(parent: string, name: string): Promise<{ path: string }> {
    if (/[/\\\0]/.test(name) || name === '.' || name === '..') {
      throw new HoldfastError('input/invalid', { detail: 'A name has no slashes.' })
    }
    const path = join(parent, name)
    try {
      await mkdir(bytesOf(path))
      return { path }
    } catch (cause) {
      const code = errorCode(cause)
      if (code === 'ENOENT') throw new HoldfastError('path/not-found', { detail: displayPath(parent), cause })
      if (code === 'EEXIST')
        throw new HoldfastError('input/invalid', { detail: 'There is something with this name.', cause })
      if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
        throw new HoldfastError('disk/read-only', { detail: displayPath(parent), cause })
      }
      throw cause
    }
  }

  async #size(path: string, signal: AbortSignal): Promise<{ files: number; bytes: number }> {
    const status = await lstat(bytesOf(path)).catch(() => undefined)
    if (status === undefined) return { files: 0, bytes: 0 }
    if (!status.isDirectory()) return { files: 1, bytes: status.isFile() ? status.size : 0 }
    let result = { files: 0, bytes: 0 }
    try {
      for await (const { files, sizeBytes } of scanTree(path, this.#treeOptions(undefined), nobody, signal)) {
        result = { files, bytes: Number(sizeBytes) }
      }
    } catch (error) {
      if (signal.aborted) throw error
      // It vanished, or may not be looked into: nothing is known of its size.
    }
    return result
  }

  #treeOptions(rules: FolderRules | undefined): TreeOptions {
    return {
      calls: this.#calls,
      exclude: rules === undefined ? [] : [...presetPatterns(rules.presets), ...rules.excludes],
      readExcludeFiles: rules !== undefined,
      fileSystems: 'one',
      skipLostAndFound: true,
      entriesLimit: 100_000_000,
    }
  }
}

const nobody = { problem: (): void => {} }
const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' })

function rank(entry: FolderEntry): number {
  const hidden = entry.name.startsWith('.') ? 1 : 0
  return (entry.kind === 'directory' ? 0 : 2) + hidden
}

/** The rule that leaves a path out, if one does. `.pxarexclude` files have their say only in the real walk. */
function ruleFinder(rules: FolderRules, root: string): (path: string, isDirectory: boolean) => string | undefined {
  const compiled = new ExcludeRules([...presetPatterns(rules.presets), ...rules.excludes])
  return (path, isDirectory) => {
    if (!path.startsWith(root)) return undefined
    const below = Buffer.from(pathTextToBytes(`/${path.slice(root.length).replace(/^\//, '')}`))
    const rule = compiled.find(below, below.lastIndexOf(0x2f) + 1, below.length, isDirectory)
    return rule === undefined ? undefined : describeRule(rule).replace(/^Excluded by /, '')
  }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    const names = await readdir(bytesOf(folder), { encoding: 'buffer' })
    return names.map((name) => bytesToPathText(name))
  } catch (cause) {
    const detail = displayPath(folder)
    const code = errorCode(cause)
    if (code === 'ENOENT') throw new HoldfastError('path/not-found', { detail, cause })
    if (code === 'ENOTDIR') throw new HoldfastError('path/not-a-folder', { detail, cause })
    if (code === 'EACCES' || code === 'EPERM') throw new HoldfastError('file/unreadable', { detail, cause })
    throw cause
  }
}

/** Undefined for what vanished since its name was read. */
async function describe(folder: string, name: string): Promise<FolderEntry | undefined> {
  const path = joinPath(folder, `/${name}`)
  try {
    const status = await lstat(bytesOf(path))
    const kind = status.isDirectory()
      ? 'directory'
      : status.isFile()
        ? 'file'
        : status.isSymbolicLink()
          ? 'symlink'
          : 'other'
    const isUsable = constants.R_OK | (kind === 'directory' ? constants.X_OK : 0)
    const readable =
      kind === 'symlink' ||
      (await access(bytesOf(path), isUsable).then(
        () => true,
        () => false,
      ))
    return {
      name,
      path,
      kind,
      readable,
      modifiedAt: Math.trunc(status.mtimeMs),
      ...(kind === 'file' ? { sizeBytes: status.size } : {}),
    }
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined
    return { name, path, kind: 'other', readable: false }
  }
}

async function roots(): Promise<FolderEntry[]> {
  const candidates =
    process.platform === 'win32'
      ? Array.from({ length: 26 }, (_, i) => `${String.fromCharCode(65 + i)}:\\`)
      : [homedir(), '/', ...(await mountedDisks())]
  const entries: FolderEntry[] = []
  for (const path of new Set(candidates)) {
    if (!(await isReadableFolder(path))) continue
    const name = path === homedir() ? 'Home folder' : path === '/' ? 'This computer' : path
    entries.push({ name, path, kind: 'directory', readable: true })
  }
  return entries
}

/** Where desktops put disks and sticks. */
async function mountedDisks(): Promise<string[]> {
  const user = homedir().split('/').at(-1) ?? ''
  const parents = process.platform === 'darwin' ? ['/Volumes'] : [`/media/${user}`, `/run/media/${user}`, '/mnt']
  const found: string[] = []
  for (const parent of parents) {
    const names = await readdir(parent).catch(() => [])
    found.push(...names.map((name) => join(parent, name)))
  }
  return found
}

/**
 * Documents, pictures and the like. On Linux a person may have moved or translated them:
 *
 *     XDG_DOCUMENTS_DIR="$HOME/Dokumente"
 */
async function userFolders(home: string): Promise<{ path: string; title: string }[]> {
  const kinds = ['Documents', 'Pictures', 'Desktop', 'Music', 'Videos', 'Downloads']
  const text = await readFile(join(home, '.config', 'user-dirs.dirs'), 'utf8').catch(() => '')
  return kinds.map((title) => {
    const key = title === 'Downloads' ? 'DOWNLOAD' : title.toUpperCase()
    const moved = new RegExp(`^XDG_${key}_DIR="\\$HOME/([^"]+)"`, 'm').exec(text)?.[1]
    const usual = title === 'Videos' && process.platform === 'darwin' ? 'Movies' : title
    return { title, path: join(home, moved ?? usual) }
  })
}

async function isReadableFolder(path: string): Promise<boolean> {
  try {
    await access(path, constants.R_OK | constants.X_OK)
    return (await stat(path)).isDirectory()
  } catch {
    return false
  }
}

function joinPath(folder: string, below: string): string {
  return `${folder.replace(/\/$/, '')}${below}`
}

function bytesOf(path: string): Buffer {
  return Buffer.from(pathTextToBytes(path))
}
