import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { assertNever } from '../../../src-shared/assert-never.ts'
import { HoldfastError } from '../../../src-shared/errors.ts'
import type { DatabaseTarget } from '../../../src-shared/model/database-restore.ts'
import type { JobSpec } from '../../../src-shared/model/job.ts'
import type { MysqlFacts } from '../../../src-shared/model/mysql-source.ts'
import { errorCode } from '../../os/system-error.ts'
import { exportSnapshot, type PreparedChain, prepareChain } from '../../sources/mysql/prepare-chain.ts'
import { makePrivateFolder } from '../../storage/datastore/private-folder.ts'
import { requireNewFile, writeNewFile } from '../restore/write-new-file.ts'
import type { JobOutcome } from './job-order.ts'
import { type IndexedSnapshot, type JobTools, repositoryAccess } from './job-tools.ts'
import { openChain, treeOf } from './open-chain.ts'
import { bytesOf, sendDatabase } from './send-database.ts'

export type RestoreDatabaseSpec = Extract<JobSpec, { kind: 'restore-database' }>

/**
 * Brings a database server back as it was at one point. What stands in the way, in the chain or at the target, is found
 * before anything is written. The work folder lies in the data directory and goes when the job ends.
 */
export async function runRestoreDatabase(tools: JobTools, spec: RestoreDatabaseSpec): Promise<JobOutcome> {
  const { order, index, meter, log } = tools
  const { as: target, snapshotId } = spec
  const known = index.find(snapshotId)
  if (known === undefined) throw new HoldfastError('snapshot/unknown')
  await requireFree(target)
  if (target.kind === 'agent') await sendDatabase(tools, known, target.connection)
  else if (target.kind === 'xbstream' && target.state === 'stored') await exportStored(tools, known, target.path)
  else {
    const stage = await makePrivateFolder(join(order.dataDirectory, 'databases'), 'stage')
    try {
      await deliver(tools, target, await prepare(tools, known, { target, workFolder: join(stage.path, 'chain') }))
    } finally {
      await stage.remove()
    }
  }
  return {
    summary: { doneBytes: meter.doneBytes, storedBytes: 0 },
    warnings: log.warnings,
    usage: undefined,
    changedSnapshots: false,
  }
}

async function requireFree(target: DatabaseTarget): Promise<void> {
  if (target.kind === 'server' || target.kind === 'agent') return
  if (target.kind !== 'data-folder') return requireNewFile(target.path)
  try {
    if ((await readdir(target.path)).length === 0) return
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return
    throw errorCode(error) === 'ENOTDIR' ? new HoldfastError('path/not-a-folder', { detail: target.path }) : error
  }
  throw new HoldfastError('path/not-empty', {
    detail: target.path,
    hint: 'Choose a new folder; a server can be pointed to it when it is complete.',
  })
}

/** What is made on this computer. */
type MadeHere = Exclude<DatabaseTarget, { kind: 'agent' }>

interface Preparing {
  readonly target: MadeHere
  readonly workFolder: string
}

/** The repository is needed only until everything is on this computer. */
async function prepare(
  tools: JobTools,
  known: IndexedSnapshot,
  { target, workFolder }: Preparing,
): Promise<PreparedChain> {
  const { calls, log, meter, signal } = tools
  meter.enter('scanning')
  const repository = await tools.openRepository(repositoryAccess(tools), signal)
  try {
    const chain = await openChain(tools, repository, known.ref)
    try {
      const facts = chain.snapshots.map((snapshot) => snapshot.facts)
      if (target.kind === 'dump') requireTable(facts.at(-1), target)
      meter.totalBytes = facts.reduce((sum, one) => sum + bytesOf(one), 0)
      meter.enter('reading')
      const onLine = (line: string): void => {
        // The program speaks when everything was fetched.
        if (meter.phase !== 'checking') meter.enter('checking')
        log.line('debug', line)
      }
      return await prepareChain(known.ref.time, chain.snapshots, { calls, workFolder, onLine }, signal)
    } finally {
      await chain.close()
    }
  } finally {
    await repository.close()
  }
}

function requireTable(facts: MysqlFacts | undefined, target: Extract<DatabaseTarget, { kind: 'dump' }>): void {
  const database = facts?.databases.find(({ name }) => name === target.database)
  if (database?.tables.some(({ name }) => name === target.table) === true) return
  throw new HoldfastError('path/not-found', {
    detail: `${target.database}.${target.table}`,
    hint: 'The snapshot lists its databases and tables.',
  })
}

async function deliver(tools: JobTools, target: MadeHere, prepared: PreparedChain): Promise<void> {
  const { meter, log, signal } = tools
  meter.current = []
  meter.enter('writing')
  switch (target.kind) {
    case 'data-folder':
      await prepared.copyTo(target.path, target.owner, signal)
      break
    case 'xbstream':
      await write(tools, target.path, prepared.exportXbstream(signal))
      break
    case 'server':
      return serve(tools, prepared)
    case 'dump':
      await dump(tools, target, prepared)
      break
    default:
      assertNever(target)
  }
  log.line('info', `Written to ${target.path}.`)
}

async function write({ meter }: JobTools, path: string, content: AsyncIterable<Uint8Array>): Promise<void> {
  meter.totalBytes = undefined
  meter.doneBytes = 0
  // The speed begins anew as well.
  meter.enter('writing')
  await writeNewFile(path, content, (count) => {
    meter.doneBytes += count
  })
}

async function dump(
  tools: JobTools,
  { path, database, table }: Extract<DatabaseTarget, { kind: 'dump' }>,
  prepared: PreparedChain,
): Promise<void> {
  const server = await prepared.startServer(tools.signal)
  try {
    await write(tools, path, server.dumpTable(database, table, tools.signal))
  } finally {
    await server.stop()
  }
}

/** Until somebody has seen enough: cancelling the job, or shutting the server down, is how it ends well. */
async function serve({ meter, log, signal }: JobTools, prepared: PreparedChain): Promise<void> {
  const server = await prepared.startServer(signal)
  try {
    meter.enter('serving')
    meter.serving = { socket: server.socket }
    log.line('info', `A server holds this point. Reach it with mariadb --socket=${server.socket}`)
    const cancelled = signal.aborted ? Promise.resolve() : once(signal, 'abort')
    const status = await Promise.race([server.ended(), cancelled.then(() => 0)])
    if (status !== 0 && !signal.aborted) throw new HoldfastError('mysql/server-failed', { detail: 'It ended early.' })
    log.line('info', 'The server has ended, and what was done in it is gone.')
  } finally {
    meter.serving = undefined
    await server.stop()
  }
}

/** For another program, also where this one could not prepare it. */
async function exportStored(tools: JobTools, { ref }: IndexedSnapshot, path: string): Promise<void> {
  const { meter, signal } = tools
  const repository = await tools.openRepository(repositoryAccess(tools), signal)
  try {
    const reader = await repository.read(ref, signal)
    try {
      meter.enter('writing')
      await write(tools, path, exportSnapshot(treeOf(reader, signal)))
    } finally {
      await reader.close()
    }
  } finally {
    await repository.close()
  }
}
