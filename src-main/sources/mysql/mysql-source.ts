import { hostname, tmpdir } from 'node:os'
import path from 'node:path'
import { HoldfastError } from '../../../src-shared/errors.ts'
import {
  type MysqlFacts,
  type MysqlSecrets,
  type MysqlSource,
  mysqlFactsName,
  mysqlTreeName,
} from '../../../src-shared/model/mysql-source.ts'
import type { FileSystemCalls } from '../../os/file-system-calls.ts'
import type { Pace } from '../../os/pace.ts'
import { makePrivateFolder, type PrivateFolder } from '../../storage/datastore/private-folder.ts'
import type { TreeWalk } from '../files/walk.ts'
import type { ArchiveInput, Source, SourceObserver, SourceView } from '../source.ts'
import { encodeMysqlFacts, readBackupFacts } from './backup-facts.ts'
import { walkBackup } from './backup-walk.ts'
import type { FactsOfSnapshot } from './chain-link.ts'
import { askServer, fetchBackup } from './fetch-backup.ts'
import { removeAsRead } from './remove-as-read.ts'

export interface MysqlSourceOptions {
  readonly secrets: MysqlSecrets
  readonly calls: FileSystemCalls
  /** What to build on, as `chooseBase` says; absent is a full. */
  readonly base?: FactsOfSnapshot | undefined
  /** What the tool says, and warnings. */
  readonly onLine?: (line: string) => void
  /** Bytes of the backup so far. */
  readonly onBytes?: (count: number) => void
  /** How fast the backup may come from the server. */
  readonly pace?: Pace | undefined
}

/**
 * A MySQL or MariaDB server as a tree of its data folder's files, and a blob that says what it is. Members of the tool's
 * stream interleave, are renamed and written again, so `open` lays the whole backup out in a staging folder; from there
 * each file goes as it is read. When `open` returns the backup is whole: what cannot be restored becomes no snapshot.
 */
export function createMysqlSource(spec: MysqlSource, options: MysqlSourceOptions): Source {
  return {
    async open(observer, signal) {
      const stage = await makePrivateFolder(spec.stagingFolder ?? tmpdir(), 'stage')
      try {
        const folder = path.join(stage.path, 'backup')
        const facts = await layOut(spec, options, { folder, signal })
        return openView({ spec, stage, folder, facts, calls: options.calls }, observer, signal)
      } catch (error) {
        await stage.remove()
        throw error
      }
    },
  }
}

async function layOut(
  spec: MysqlSource,
  { secrets, base, onLine, onBytes, pace }: MysqlSourceOptions,
  { folder, signal }: { readonly folder: string; readonly signal: AbortSignal },
): Promise<MysqlFacts> {
  const order = { spec, secrets, onLine, pace, signal }
  const server = await askServer(order)
  const isOther =
    base?.facts.server.uid !== undefined && server.uid !== undefined && base.facts.server.uid !== server.uid
  if (isOther) onLine?.('This is another server than last time: the backup is a full.')
  const usedBase = isOther ? undefined : base
  const limit = spec.stagingLimitBytes
  const members = await fetchBackup(order, folder, usedBase && BigInt(usedBase.facts.toLsn), {
    signal,
    ...(limit !== undefined && { limitBytes: BigInt(limit) }),
    ...(onBytes && { onBytes }),
  })
  const facts = await readBackupFacts({
    ...{ folder, members, baseTime: usedBase?.time },
    ...{ serverUid: server.uid, tables: server.tables, only: spec.databases },
  })
  if (usedBase !== undefined && facts.fromLsn !== usedBase.facts.toLsn)
    throw new HoldfastError('mysql/chain-broken', {
      detail: `The incremental begins at ${facts.fromLsn}, and its base ends at ${usedBase.facts.toLsn}.`,
    })
  return facts
}

interface Staged {
  readonly spec: MysqlSource
  readonly stage: PrivateFolder
  readonly folder: string
  readonly facts: MysqlFacts
  readonly calls: FileSystemCalls
}

function openView(
  { spec, stage, folder, facts, calls }: Staged,
  observer: SourceObserver,
  signal: AbortSignal,
): SourceView {
  let walk: TreeWalk | undefined
  async function* archives(): AsyncGenerator<ArchiveInput> {
    walk = walkBackup(folder, calls, observer, signal)
    yield { type: 'tree', name: mysqlTreeName, entries: removeAsRead(walk, folder), excludePatterns: [] }
    // A backup of a database has no parts that can be missing.
    if (walk.counts.failed > 0)
      throw new HoldfastError('mysql/incomplete', { detail: 'A staged file could not be read.' })
    yield { type: 'blob', name: mysqlFactsName, data: encodeMysqlFacts(facts) }
  }
  return {
    archives,
    facts: () => ({ host: hostname(), roots: [{ archive: mysqlTreeName, path: describeServer(spec) }] }),
    counts: () => walk?.counts ?? { seen: 0, handedOver: 0, skipped: 0, failed: 0 },
    close: () => stage.remove(),
  }
}

/** For people; never with a login. */
function describeServer({ connection }: MysqlSource): string {
  if (connection.via === 'agent') return `mysql://${connection.host}`
  if (connection.via === 'ssh') return `mysql+ssh://${connection.host}`
  return `mysql:${connection.socket ?? `//${connection.host ?? 'localhost'}`}`
}
