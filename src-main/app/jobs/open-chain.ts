import { HoldfastError } from '../../../src-shared/errors.ts'
import { mysqlTreeName } from '../../../src-shared/model/mysql-source.ts'
import type { SnapshotRef } from '../../../src-shared/model/snapshot.ts'
import type { TreeEntry } from '../../archive/tree.ts'
import { chainTo } from '../../engines/xtrabackup/chain/check-chain.ts'
import type { Repository, SnapshotReader } from '../../repositories/repository.ts'
import { linkOf } from '../../sources/mysql/chain-link.ts'
import type { RestorableSnapshot } from '../../sources/mysql/prepare-chain.ts'
import { databaseSnapshots, readDatabaseFacts } from './group-snapshots.ts'
import type { JobTools } from './job-tools.ts'

/** The snapshots that one point is made of, full first; none of them can be removed until `close`. */
export interface OpenChain {
  readonly snapshots: readonly RestorableSnapshot[]
  close(): Promise<void>
}

/** Throws `mysql/chain-broken`, and what says why the point itself cannot be read. */
export async function openChain(tools: JobTools, repository: Repository, ref: SnapshotRef): Promise<OpenChain> {
  const { signal, log } = tools
  // Of a point that cannot be read it must be said why; a broken link before it is a missing one.
  await readDatabaseFacts(repository, ref, signal)
  const links = (await databaseSnapshots(repository, ref, signal)).map(linkOf)
  const chain = chainTo(ref.time, links).map(({ snapshot }) => snapshot)
  log.line('info', chain.length === 1 ? 'A full backup.' : `A full backup and ${chain.length - 1} incrementals on it.`)
  const readers: SnapshotReader[] = []
  const close = async (): Promise<void> => {
    for (const reader of readers.splice(0)) await reader.close()
  }
  try {
    for (const { stored } of chain) readers.push(await repository.read(stored.ref, signal))
  } catch (error) {
    await close()
    throw error
  }
  return {
    snapshots: chain.map(({ time, facts }, at) => ({
      time,
      facts,
      tree: (abort) => counted(tools, treeOf(readers[at], abort)),
    })),
    close,
  }
}

export function treeOf(reader: SnapshotReader | undefined, signal: AbortSignal): AsyncIterable<TreeEntry> {
  if (reader?.trees.includes(mysqlTreeName) !== true)
    throw new HoldfastError('mysql/incomplete', { detail: 'Its files are not in the snapshot.' })
  return reader.walk(mysqlTreeName, { contents: true }, signal)
}

/** Says what is fetched; an entry is done when the next one is asked for. */
async function* counted({ meter }: JobTools, entries: AsyncIterable<TreeEntry>): AsyncGenerator<TreeEntry> {
  for await (const entry of entries) {
    if (entry.kind === 'file') meter.working(Buffer.from(entry.name).toString('utf8'))
    yield entry
    if (entry.kind === 'file') meter.doneBytes += Number(entry.sizeBytes)
  }
}
