import { type MysqlFacts, mysqlFactsName } from '../../../src-shared/model/mysql-source.ts'
import type { SnapshotRef } from '../../../src-shared/model/snapshot.ts'
import type { BackupGroup, Repository, StoredSnapshot } from '../../repositories/repository.ts'
import { parseMysqlFacts } from '../../sources/mysql/backup-facts.ts'
import type { FactsOfSnapshot } from '../../sources/mysql/chain-link.ts'

const factsFilename = `${mysqlFactsName}.blob`

export interface DatabaseSnapshot extends FactsOfSnapshot {
  readonly stored: StoredSnapshot
}

/** The snapshots of a group that hold a database, with what they say of themselves; unreadable ones are left out. */
export async function databaseSnapshots(
  repository: Repository,
  group: Partial<BackupGroup> & { readonly namespace: string },
  signal: AbortSignal,
): Promise<DatabaseSnapshot[]> {
  const found: DatabaseSnapshot[] = []
  for await (const stored of repository.snapshots(signal)) {
    if (!isInGroup(stored, group) || !holdsDatabase(stored)) continue
    const facts = await factsOf(repository, stored, signal)
    if (facts !== undefined) found.push({ stored, time: stored.ref.time, facts })
  }
  return found
}

export function holdsDatabase({ archives }: Pick<StoredSnapshot, 'archives'>): boolean {
  return archives.some(({ filename }) => filename === factsFilename)
}

export function isInGroup(
  { ref }: StoredSnapshot,
  group: Partial<BackupGroup> & { readonly namespace: string },
): boolean {
  return (
    ref.namespace === group.namespace &&
    (group.backupId === undefined || ref.backupId === group.backupId) &&
    (group.type === undefined || ref.type === group.type)
  )
}

/** Throws what stands in the way: a missing key, damage. */
export async function readDatabaseFacts(
  repository: Repository,
  ref: SnapshotRef,
  signal: AbortSignal,
): Promise<MysqlFacts> {
  const reader = await repository.read(ref, signal)
  try {
    return parseMysqlFacts(await reader.blob(factsFilename, signal))
  } finally {
    await reader.close()
  }
}

async function factsOf(
  repository: Repository,
  { ref }: StoredSnapshot,
  signal: AbortSignal,
): Promise<MysqlFacts | undefined> {
  try {
    return await readDatabaseFacts(repository, ref, signal)
  } catch {
    signal.throwIfAborted()
    return undefined // a link that cannot be read is a missing link: whatever needs it says so
  }
}
