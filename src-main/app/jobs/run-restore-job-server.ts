import { HoldfastError } from '../../../src-shared/errors.ts'
import type { JobSpec } from '../../../src-shared/model/job.ts'
import { jobServerFileName, jobServerSecrets, jobServerTreeName } from '../../../src-shared/model/job-server-source.ts'
import { restoreSnapshot } from '../../engines/vagrant/client/transfer-snapshot.ts'
import type { SnapshotReader } from '../../repositories/repository.ts'
import { callFailure, connectServer } from '../../sources/job-server/server-connection.ts'
import type { JobOutcome } from './job-order.ts'
import { type JobTools, repositoryAccess } from './job-tools.ts'

export type RestoreJobServerSpec = Extract<JobSpec, { kind: 'restore-job-server' }>

const path = [Buffer.from(jobServerFileName)]

/**
 * Sends a stored snapshot to a job server. It is read twice: whole, with its digest, before the first byte goes out, and again to be
 * sent. The server checks it once more and only then keeps it; what ends early changes nothing there.
 */
export async function runRestoreJobServer(tools: JobTools, spec: RestoreJobServerSpec): Promise<JobOutcome> {
  const { index, log, meter, signal } = tools
  const known = index.find(spec.snapshotId)
  if (known === undefined) throw new HoldfastError('snapshot/unknown')
  const repository = await tools.openRepository(repositoryAccess(tools), signal)
  try {
    const reader = await repository.read(known.ref, signal)
    try {
      await send(tools, spec, reader)
    } finally {
      await reader.close()
    }
  } finally {
    await repository.close()
  }
  log.line('info', 'The server has it. It takes effect when the job server starts again.')
  return {
    summary: { doneBytes: meter.doneBytes, storedBytes: 0 },
    warnings: log.warnings,
    usage: undefined,
    changedSnapshots: false,
  }
}

async function send(tools: JobTools, { to }: RestoreJobServerSpec, reader: SnapshotReader): Promise<void> {
  const { order, signal } = tools
  if (!reader.trees.includes(jobServerTreeName))
    throw new HoldfastError('input/invalid', { detail: 'This snapshot holds no job server.' })
  const { sizeBytes } = await reader.stat(jobServerTreeName, path, signal)
  const connection = await connectServer(to, jobServerSecrets.parse(order.sourceSecrets).token ?? '', signal)
  try {
    const rounds = (['checking', 'writing'] as const).values()
    await restoreSnapshot(connection, () => reading(tools, reader, { phase: rounds.next().value, sizeBytes }), {
      signal,
    })
  } catch (error) {
    signal.throwIfAborted()
    throw callFailure(error)
  } finally {
    connection.close()
  }
}

interface Round {
  readonly phase: 'checking' | 'writing' | undefined
  readonly sizeBytes: bigint | undefined
}

async function* reading(
  { meter, signal }: JobTools,
  reader: SnapshotReader,
  { phase = 'writing', sizeBytes }: Round,
): AsyncGenerator<Uint8Array> {
  meter.totalBytes = sizeBytes === undefined ? undefined : Number(sizeBytes)
  meter.doneBytes = 0
  meter.enter(phase)
  for await (const piece of reader.content(jobServerTreeName, path, { offset: 0n }, signal)) {
    meter.doneBytes += piece.length
    yield piece
  }
}
