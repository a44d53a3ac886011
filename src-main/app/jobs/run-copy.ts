import { HoldfastError } from '../../../src-shared/errors.ts'
import type { JobSpec } from '../../../src-shared/model/job.ts'
import { copySnapshot } from '../../repositories/copy/copy-snapshot.ts'
import { formatSnapshotRef } from '../../storage/datastore/layout.ts'
import type { JobOutcome } from './job-order.ts'
import { type JobTools, repositoryAccess } from './job-tools.ts'

/** Puts a snapshot into another repository, of whatever kind, and compares what it reads back with the original. */
export async function runCopy(tools: JobTools, spec: Extract<JobSpec, { kind: 'copy' }>): Promise<JobOutcome> {
  const { meter, log, index, order, signal } = tools
  const known = index.find(spec.snapshotId)
  if (known === undefined || order.sourceRepository === undefined) throw new HoldfastError('snapshot/unknown')
  const target = repositoryAccess(tools)
  const from = await tools.openRepository(order.sourceRepository, signal)
  try {
    const to = await tools.openRepository(target, signal)
    try {
      const reader = await from.read(known.ref, signal)
      try {
        meter.enter('reading')
        const observer = meter.writeObserver(() => {})
        const { snapshot, parts } = await copySnapshot(
          reader,
          to,
          { compress: true, cryptMode: target.key === undefined ? 'none' : 'encrypt' },
          {
            // Each byte is read twice: once to be copied, once to be compared.
            total: (bytes) => {
              meter.totalBytes = Number(bytes) * 2
            },
            part: (name, phase) => {
              if (phase === 'verify' && meter.phase !== 'checking') meter.enter('checking')
              meter.working(name)
            },
            bytes: (count) => {
              meter.doneBytes += count
            },
            loss: (path, reason) => log.line('warn', `${path}: ${reason}`),
            chunk: observer.chunk,
          },
          signal,
        )
        for (const { name, digest } of parts) log.line('info', `${name}: ${digest}, alike in both.`)
        const id = index.put(target.id, snapshot, { storedBytes: meter.storedBytes })
        const copy = await to.read(snapshot.ref, signal)
        try {
          await index.ingest(id, copy, signal)
        } finally {
          await copy.close()
        }
        log.line('info', `Copied as ${formatSnapshotRef(snapshot.ref)}.`)
        return {
          summary: {
            doneBytes: meter.doneBytes,
            storedBytes: meter.storedBytes,
            newChunks: meter.newChunks,
            reusedChunks: meter.reusedChunks,
            snapshotId: id,
          },
          warnings: log.warnings,
          usage: await to.maintenance.usage?.(signal),
          changedSnapshots: true,
        }
      } finally {
        await reader.close()
      }
    } finally {
      await to.close()
    }
  } finally {
    await from.close()
  }
}
