import { HoldfastError } from '../../../src-shared/errors.ts'
import { type AgentConnection, type MysqlFacts, mysqlSecrets } from '../../../src-shared/model/mysql-source.ts'
import { copyTo } from '../../engines/xtrabackup/client/copy-to.ts'
import { prepareThere } from '../../engines/xtrabackup/client/prepare-there.ts'
import { openAgentClient } from '../../sources/mysql/fetch-backup.ts'
import { exportSnapshot } from '../../sources/mysql/prepare-chain.ts'
import { type IndexedSnapshot, type JobTools, repositoryAccess } from './job-tools.ts'
import { openChain } from './open-chain.ts'

/**
 * Brings one point to an agent, backup by backup, and has it prepared there: nothing is laid out on this computer. What the
 * agent has of it when something fails in between stays in its folder for restores.
 */
export async function sendDatabase(
  tools: JobTools,
  { ref }: IndexedSnapshot,
  connection: AgentConnection,
): Promise<void> {
  const { order, log, meter, signal } = tools
  const say = (level: 'info' | 'debug') => (line: string) => log.line(level, line)
  const client = openAgentClient(connection, {
    secrets: mysqlSecrets.parse(order.sourceSecrets),
    onLine: say('info'),
  })
  meter.enter('scanning')
  const repository = await tools.openRepository(repositoryAccess(tools), signal)
  try {
    const chain = await openChain(tools, repository, ref)
    try {
      const facts = chain.snapshots.map((snapshot) => snapshot.facts)
      requireUnpacked(facts)
      meter.totalBytes = facts.reduce((sum, one) => sum + bytesOf(one), 0)
      meter.enter('writing')
      const folders: string[] = []
      for (const { time, tree } of chain.snapshots) {
        const sid = `${ref.backupId.replaceAll(/[^A-Za-z0-9_-]/g, '_')}-${time}`
        folders.push(await copyTo(client, { data: exportSnapshot(tree(signal)), sid }, signal))
      }
      meter.enter('checking')
      const [folder = '', ...incrementals] = folders
      const ready = await prepareThere(client, { folder, incrementals, onLine: say('debug') }, signal)
      log.line('info', `The agent has it ready in ${ready.get('bkm-folder')}, in its folder for restores.`)
    } finally {
      await chain.close()
    }
  } finally {
    await repository.close()
  }
}

/** What the tables of a snapshot take, as it was stored. */
export function bytesOf({ databases }: MysqlFacts): number {
  return databases.reduce((all, { tables }) => tables.reduce((sum, table) => sum + table.storedBytes, all), 0)
}

function requireUnpacked(facts: readonly MysqlFacts[]): void {
  if (facts.every(({ packings }) => packings.length === 0)) return
  throw new HoldfastError('mysql/tool-failed', {
    detail: 'Its members were packed by the backup program, and would have to be unpacked first.',
    hint: 'Export the snapshot, and unpack it with the program that made it.',
  })
}
