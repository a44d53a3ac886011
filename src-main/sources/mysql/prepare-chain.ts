import { chown, mkdir, rename, rm, stat, statfs } from 'node:fs/promises'
import path from 'node:path'
import { HoldfastError } from '../../../src-shared/errors.ts'
import type { TreeEntry } from '../../archive/tree.ts'
import { chainTo } from '../../engines/xtrabackup/chain/check-chain.ts'
import { walkFiles } from '../../engines/xtrabackup/tar/tar-files.ts'
import { type BackupTool, findBackupTool } from '../../engines/xtrabackup/tool/backup-tool.ts'
import { type DisposableServer, startDisposableServer } from '../../engines/xtrabackup/tool/disposable-server.ts'
import { requireHarmlessSettings } from '../../engines/xtrabackup/tool/harmless-settings.ts'
import { copyBack, prepareBackup, requireFittingTool } from '../../engines/xtrabackup/tool/prepare-backup.ts'
import { makeEmptyFolder } from '../../engines/xtrabackup/xbstream/member-folder.ts'
import { treeMembers } from '../../engines/xtrabackup/xbstream/tree-members.ts'
import { writeXbstream } from '../../engines/xtrabackup/xbstream/xbstream-writer.ts'
import type { FileSystemCalls } from '../../os/file-system-calls.ts'
import { makeFolders } from '../../os/make-folders.ts'
import { temporaryName } from '../../os/temporary-name.ts'
import { syncFile, syncFolder } from '../../storage/datastore/durable-file.ts'
import { extractTree } from '../files/extract.ts'
import { walkBackup } from './backup-walk.ts'
import { type FactsOfSnapshot, linkOf } from './chain-link.ts'

/** A snapshot that a restore may need: its facts, and its tree when it is fetched. */
export interface RestorableSnapshot extends FactsOfSnapshot {
  tree(signal: AbortSignal): AsyncIterable<TreeEntry>
}

export interface PrepareChainOptions {
  readonly calls: FileSystemCalls
  /** A new or empty folder with room for the full and its incrementals. */
  readonly workFolder: string
  readonly toolPath?: string | undefined
  readonly onLine?: (line: string) => void
}

/** A point of a lineage, ready to be started from. Its folder stays until `close`. */
export interface PreparedChain {
  readonly folder: string
  /** Copies it into a data folder that is new or empty, which is there only when it is whole. */
  copyTo(dataFolder: string, owner: { uid: number; gid: number } | undefined, signal: AbortSignal): Promise<void>
  /** A server on the prepared folder itself, reached by its socket alone; the signal ends it. */
  startServer(signal: AbortSignal): Promise<DisposableServer>
  /** The prepared files as one stream for another tool. */
  exportXbstream(signal: AbortSignal): AsyncIterable<Uint8Array>
  close(): Promise<void>
}

/**
 * Fetches the chain of one point into the work folder and prepares it with the real tool. Links that are missing or do not
 * fit, a tool of another version, and too little room are found before anything is written.
 *
 * @throws `mysql/chain-broken`, `mysql/tool-missing`, `mysql/tool-failed`, `disk/full`, `path/not-empty`, what trees throw.
 */
export async function prepareChain(
  time: number,
  snapshots: readonly RestorableSnapshot[],
  options: PrepareChainOptions,
  signal: AbortSignal,
): Promise<PreparedChain> {
  const chain = chainTo(time, snapshots.map(linkOf)).map(({ snapshot }) => snapshot)
  const tool = await findBackupTool(options.toolPath, signal)
  for (const { facts } of chain) {
    requireFittingTool(tool, { family: facts.server.family, serverVersion: facts.server.version })
    if (facts.packings.length > 0)
      throw new HoldfastError('mysql/tool-failed', {
        detail: `Its members were packed by the backup program: ${facts.packings.join(', ')}.`,
        hint: 'Export the snapshot, and unpack it with the program that made it.',
      })
  }
  await makeEmptyFolder(options.workFolder)
  await requireRoom(options.workFolder, chain)
  try {
    const folders: string[] = []
    for (const [index, snapshot] of chain.entries()) {
      const folder = path.join(options.workFolder, index === 0 ? 'base' : `incremental-${index}`)
      await layOut(snapshot, folder, options, signal)
      await requireHarmlessSettings(folder)
      folders.push(folder)
    }
    const [base = '', ...incrementals] = folders
    await prepareBackup(base, incrementals, { tool, signal, ...(options.onLine && { onLine: options.onLine }) })
    for (const folder of incrementals) await rm(folder, { recursive: true })
    return preparedChain(base, tool, options)
  } catch (error) {
    await rm(options.workFolder, { recursive: true, force: true })
    throw error
  }
}

async function layOut(
  snapshot: RestorableSnapshot,
  folder: string,
  { calls }: PrepareChainOptions,
  signal: AbortSignal,
): Promise<void> {
  await mkdir(folder, { mode: 0o700 })
  const problems: string[] = []
  await extractTree(
    snapshot.tree(signal),
    folder,
    {
      ...{ calls, conflict: 'overwrite', applyToRoot: false, safetyCopy: undefined, sync: false },
      // Files belong to whoever prepares them: owners of the database host mean nothing here.
      carryOver: { owner: false, permissions: true, times: false, attributes: false, links: false },
    },
    { problem: (problem) => void problems.push(`${problem.path}: ${problem.reason}`), warning: () => {} },
    signal,
  )
  if (problems.length > 0) throw new HoldfastError('mysql/incomplete', { detail: problems.slice(0, 5).join('\n') })
}

async function requireRoom(folder: string, chain: readonly FactsOfSnapshot[]): Promise<void> {
  let wanted = 0
  for (const { facts } of chain)
    for (const { tables } of facts.databases) for (const { storedBytes } of tables) wanted += storedBytes
  const { bavail, bsize } = await statfs(folder)
  if (bavail * bsize < wanted)
    throw new HoldfastError('disk/full', {
      detail: `The backups need ${wanted} bytes, and there are ${bavail * bsize}.`,
    })
}

function preparedChain(base: string, tool: BackupTool, options: PrepareChainOptions): PreparedChain {
  return {
    folder: base,
    copyTo: (dataFolder, owner, signal) => copyTo({ base, tool, options }, dataFolder, owner, signal),
    startServer: (signal) => startDisposableServer(base, signal),
    exportXbstream: (signal) => exportSnapshot(treeOf(base, options.calls, signal)),
    close: () => rm(options.workFolder, { recursive: true, force: true }),
  }
}

/** A tree as a stream for the database's own tools: of a prepared chain, or of a snapshot as it was stored. */
export function exportSnapshot(tree: AsyncIterable<TreeEntry>): AsyncIterable<Uint8Array> {
  return writeXbstream(treeMembers(tree))
}

function treeOf(folder: string, calls: FileSystemCalls, signal: AbortSignal): AsyncIterable<TreeEntry> {
  const problem = ({ path: where, reason }: { readonly path: string; readonly reason: string }): never => {
    throw new HoldfastError('file/unreadable', { detail: `${where}: ${reason}` })
  }
  return walkBackup(folder, calls, { problem }, signal)
}

interface Prepared {
  readonly base: string
  readonly tool: BackupTool
  readonly options: PrepareChainOptions
}

async function copyTo(
  { base, tool, options }: Prepared,
  dataFolder: string,
  owner: { uid: number; gid: number } | undefined,
  signal: AbortSignal,
): Promise<void> {
  await makeEmptyFolder(dataFolder)
  const parent = path.dirname(path.resolve(dataFolder))
  // A folder that is a disk of its own cannot be replaced by another one.
  const isMount = (await stat(dataFolder)).dev !== (await stat(parent)).dev
  const target = isMount ? dataFolder : path.join(parent, temporaryName().toString())
  makeFolders(target, 0o750)
  try {
    await copyBack(base, target, { tool, signal, ...(options.onLine && { onLine: options.onLine }) })
    for await (const name of walkFiles(target)) await syncFile(path.join(target, name))
    if (owner !== undefined) await giveTo(target, owner)
    if (!isMount) await rename(target, dataFolder)
    await syncFolder(parent)
  } catch (error) {
    if (!isMount) await rm(target, { recursive: true, force: true })
    throw error
  }
}

async function giveTo(folder: string, { uid, gid }: { uid: number; gid: number }): Promise<void> {
  const folders = new Set([''])
  for await (const name of walkFiles(folder)) {
    for (let at = path.posix.dirname(name); at !== '.'; at = path.posix.dirname(at)) folders.add(at)
    await chown(path.join(folder, name), uid, gid)
  }
  for (const name of folders) await chown(path.join(folder, name), uid, gid)
}
