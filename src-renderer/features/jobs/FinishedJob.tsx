import { Button } from '@mantine/core'
import { IconArrowBackUp } from '@tabler/icons-react'
import { useNavigate } from 'react-router'
import type { Job, JobStatus } from '../../../src-shared/model/job.ts'
import { useClient } from '../../state/use-app.tsx'
import { useCommand } from '../../state/use-command.ts'
import { CountedSum } from '../../ui/CountedSum.tsx'
import { confirm } from '../../ui/confirm.tsx'
import { type Figure, Figures } from '../../ui/Figures.tsx'
import { formatBytes, formatCount, formatCounted, formatDate, formatDuration, formatPercent } from '../../ui/format.ts'
import { useNow } from '../../ui/use-now.ts'
import { FileCounts } from './FileCounts.tsx'
import { Throughput } from './Throughput.tsx'

type Success = Extract<JobStatus, { state: 'success' }>

/** What a job did, counted. */
export function FinishedJob({ job, status }: { readonly job: Job; readonly status: Success }) {
  const { summary } = status
  const figures = figuresOf(status)
  return (
    <>
      {figures.length > 0 && <Figures figures={figures} />}
      {summary.counts !== undefined && <FileCounts job={job} counts={summary.counts} />}
      {summary.receipt !== undefined && <Receipt job={job} status={status} />}
      {(summary.verify?.affected.length ?? 0) > 0 && <Affected status={status} />}
      <Throughput job={job} />
    </>
  )
}

function figuresOf({ summary, startedAt, endedAt }: Success): readonly Figure[] {
  const { newChunks, reusedChunks, verify, prune, garbage, indexedSnapshots } = summary
  const figures: Figure[] = []
  if (summary.counts !== undefined) {
    figures.push(
      {
        label: 'Protected',
        value: formatBytes(summary.doneBytes),
        // What did not change counts as done without being read, so a rate would be of bytes nobody moved.
        note: summary.counts.stored === 0 ? 'nothing had to be read' : `in ${formatDuration(endedAt - startedAt)}`,
      },
      { label: 'Stored', value: formatBytes(summary.storedBytes), note: 'new in the repository' },
    )
  }
  if (newChunks !== undefined && reusedChunks !== undefined && newChunks + reusedChunks > 0) {
    figures.push({
      label: 'Blocks',
      value: formatCount(newChunks + reusedChunks),
      note: `${formatPercent(reusedChunks / (newChunks + reusedChunks))} were there already`,
    })
  }
  if (verify !== undefined) {
    figures.push(
      {
        label: 'Checked',
        value: formatCounted(verify.snapshots, 'snapshot'),
        note: formatCounted(verify.chunks, 'block'),
      },
      {
        label: 'Damaged',
        value: formatCounted(verify.corrupt, 'block'),
        note:
          verify.affected.length === 0
            ? 'no snapshot is affected'
            : `${formatCounted(verify.affected.length, 'snapshot')} affected`,
      },
    )
  }
  if (prune !== undefined) {
    figures.push({
      label: 'Removed',
      value: formatCounted(prune.removed, 'snapshot'),
      note: `${formatCount(prune.kept)} stay`,
    })
  }
  if (garbage !== undefined) {
    figures.push(
      { label: 'Freed', value: formatBytes(garbage.removedBytes), note: formatCounted(garbage.removedChunks, 'block') },
      { label: 'Still waiting', value: formatBytes(garbage.pendingBytes), note: 'used too lately to remove' },
      {
        label: 'In the repository',
        value: formatBytes(garbage.diskBytes),
        note: formatCounted(garbage.diskChunks, 'block'),
      },
    )
  }
  if (indexedSnapshots !== undefined)
    figures.push({ label: 'Read', value: formatCounted(indexedSnapshots, 'snapshot') })
  return figures
}

function Receipt({ job, status }: { readonly job: Job; readonly status: Success }) {
  const now = useNow()
  const client = useClient()
  const navigate = useNavigate()
  const receipt = status.summary.receipt
  const undo = useCommand(async () => {
    const sure = await confirm({
      title: 'Undo this restore?',
      children: 'Files it overwrote come back as they were; files it added are removed.',
      confirm: `Undo the restore of ${formatCounted(receipt?.restored ?? 0, 'file')}`,
    })
    if (sure) await navigate(`/activity/${(await client.restore.undo({ jobId: job.id })).id}`)
  })
  if (receipt === undefined) return null
  const canUndo = !receipt.undone && receipt.undoableUntil !== undefined && receipt.undoableUntil > now
  return (
    <>
      <CountedSum
        total={{ label: 'Seen', count: receipt.seen, note: 'files and folders' }}
        parts={[
          { label: 'Restored', count: receipt.restored, note: formatBytes(receipt.writtenBytes) },
          { label: 'Identical', count: receipt.identical, note: 'left as they were' },
          { label: 'Skipped', count: receipt.skipped },
          { label: 'Failed', count: receipt.failed, isBad: true },
        ]}
      />
      <div className="hf-card hf-row" style={{ padding: '12px 16px' }}>
        <p className="hf-grow">
          Restored to <span className="hf-mono">{receipt.targetRoot}</span>.{' '}
          {receipt.undone
            ? 'This restore was undone.'
            : canUndo
              ? `This can be undone until ${formatDate(receipt.undoableUntil ?? 0, now)}.`
              : 'It can no longer be undone.'}
        </p>
        {canUndo && (
          <Button
            leftSection={<IconArrowBackUp size={16} stroke={1.75} aria-hidden />}
            loading={undo.busy}
            onClick={() => undo.run()}
          >
            Undo
          </Button>
        )}
      </div>
    </>
  )
}

function Affected({ status }: { readonly status: Success }) {
  return (
    <section aria-labelledby="job-affected">
      <h2 id="job-affected" className="hf-h4" style={{ marginBottom: 8 }}>
        What is affected
      </h2>
      <ul className="hf-card" style={{ padding: '8px 16px' }}>
        {status.summary.verify?.affected.map(({ snapshot, files }) => (
          <li key={snapshot} style={{ padding: '4px 0' }}>
            <span className="hf-mono">{snapshot}</span>
            <span className="hf-sm hf-2" style={{ display: 'block', overflowWrap: 'anywhere' }}>
              {files.join(', ')}
            </span>
          </li>
        ))}
      </ul>
    </section>
  )
}
