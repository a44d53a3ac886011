import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { bytesToPathText } from '../../../src-shared/model/path-text.ts'
import type { TreeEntry } from '../../archive/tree.ts'
import { openFileSystemCalls } from '../../os/open-file-system-calls.ts'
import type { ExtractObserver, ExtractOptions, ExtractWarning } from './extract-options.ts'
import { type WalkOptions, walkTree } from './walk.ts'
import type { TreeProblem } from './walk-problem.ts'

/** For tests only: trees on the real disk, and what became of them. */
export const calls = openFileSystemCalls()
export const never = new AbortController().signal

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-tree-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** False, with a word why, where a tool that the test needs is missing or refuses. */
export function canRun(command: string, ...args: string[]): boolean {
  try {
    execFileSync(command, args, { stdio: 'pipe' })
    return true
  } catch (error) {
    console.log(
      `not tested: ${command} ${args.join(' ')}: ${error instanceof Error ? error.message.split('\n')[0] : ''}`,
    )
    return false
  }
}

export const walkOptions: WalkOptions = {
  calls,
  exclude: [],
  readExcludeFiles: true,
  fileSystems: 'one',
  skipLostAndFound: false,
  entriesLimit: 1_000_000,
  recordExcludes: false,
}

export const extractOptions: ExtractOptions = {
  calls,
  conflict: 'overwrite',
  carryOver: { owner: true, permissions: true, times: true, attributes: true, links: true },
  applyToRoot: true,
  safetyCopy: undefined,
  sync: false,
}

export interface Heard extends ExtractObserver {
  readonly problems: TreeProblem[]
  readonly warnings: ExtractWarning[]
}

export function listener(): Heard {
  const problems: TreeProblem[] = []
  const warnings: ExtractWarning[] = []
  return { problems, warnings, problem: (p) => void problems.push(p), warning: (w) => void warnings.push(w) }
}

export interface Seen {
  readonly path: string
  readonly entry: TreeEntry
  readonly content?: Buffer
}

/** Walks, reads every file, and gives each entry its path. A file that cannot be opened is left out. */
export async function walkAll(
  root: string | Uint8Array,
  options: Partial<WalkOptions> = {},
  hook: (path: string, entry: TreeEntry, moment: 'before' | 'opened') => void = () => {},
) {
  const heard = listener()
  const walk = walkTree(root, { ...walkOptions, ...options }, heard, never)
  const seen: Seen[] = []
  const above: string[] = []
  for await (const entry of walk) {
    if (entry.kind === 'leave') {
      above.pop()
      continue
    }
    const path = [...above, bytesToPathText(entry.name)].join('/')
    if (entry.kind === 'directory') above.push(bytesToPathText(entry.name))
    hook(path, entry, 'before')
    if (entry.kind !== 'file') {
      seen.push({ path, entry })
      continue
    }
    try {
      const content = await entry.open()
      hook(path, entry, 'opened')
      const parts: Buffer[] = []
      const into = Buffer.alloc(10_000)
      for (let n = await content.read(into); n > 0; n = await content.read(into))
        parts.push(Buffer.from(into.subarray(0, n)))
      await content.close()
      seen.push({ path, entry, content: Buffer.concat(parts) })
    } catch {
      // The walk has reported it.
    }
  }
  const { counts } = walk
  return { seen, counts, problems: heard.problems, find: (path: string) => seen.find((one) => one.path === path) }
}

/** A tree as a list, for archives that no walk would make. */
export async function* stream(...entries: TreeEntry[]): AsyncGenerator<TreeEntry> {
  yield* entries
}

export const someMetadata = {
  permissions: 0o644,
  uid: 0,
  gid: 0,
  mtimeNs: 1_600_000_000_123_456_789n,
  flags: 0n,
  xattrs: [],
}

export const root: TreeEntry = {
  kind: 'directory',
  name: Buffer.alloc(0),
  metadata: { ...someMetadata, permissions: 0o755 },
}
export const leave: TreeEntry = { kind: 'leave' }

export function directoryEntry(name: string): TreeEntry {
  return { kind: 'directory', name: Buffer.from(name), metadata: { ...someMetadata, permissions: 0o755 } }
}

export function fileEntry(name: string, content: string | Buffer, mtimeNs = someMetadata.mtimeNs): TreeEntry {
  const data = Buffer.from(content)
  return {
    kind: 'file',
    name: Buffer.from(name),
    metadata: { ...someMetadata, mtimeNs },
    sizeBytes: BigInt(data.length),
    open: () => {
      let at = 0
      return {
        read: (into) => {
          const part = data.subarray(at, at + into.length)
          into.set(part)
          at += part.length
          return part.length
        },
        close: () => {},
      }
    },
  }
}

export function symlinkEntry(name: string, target: string): TreeEntry {
  return { kind: 'symlink', name: Buffer.from(name), metadata: someMetadata, target: Buffer.from(target) }
}
