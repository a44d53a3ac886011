import { Button } from '@mantine/core'
import { IconArrowBackUp } from '@tabler/icons-react'
import { Trans } from 'react-i18next'
import { useNavigate } from 'react-router'
import type { Anomaly } from '../../../src-shared/model/anomaly.ts'
import type { Job, JobKind, JobStatus } from '../../../src-shared/model/job.ts'
import { translateSaid } from '../../i18n/said.ts'
import { t } from '../../i18n/translate.ts'
import { useClient } from '../../state/use-app.tsx'
import { useCommand } from '../../state/use-command.ts'
import { AnomalySigns } from '../../ui/AnomalySigns.tsx'
import { CountedSum } from '../../ui/CountedSum.tsx'
import { confirm } from '../../ui/confirm.tsx'
import { type Figure, Figures } from '../../ui/Figures.tsx'
import { formatBytes, formatCount, formatCounted, formatDate, formatDuration, formatPercent } from '../../ui/format.ts'
import { useNow } from '../../ui/use-now.ts'
import { FileCounts } from './FileCounts.tsx'
import { RemovedFromHistory } from './RemovedFromHistory.tsx'
import { Throughput } from './Throughput.tsx'

type Success = Extract<JobStatus, { state: 'success' }>

/** What a job did, counted. */
export function FinishedJob({ job, status }: { readonly job: Job; readonly status: Success }) {
  const { summary } = status
  const figures = figuresOf(job.spec.kind, status)
  return (
    <>
      {figures.length > 0 && <Figures figures={figures} />}
      {summary.anomaly !== undefined && <Unusual job={job} anomaly={summary.anomaly} />}
      {summary.removal !== undefined ? (
        <RemovedFromHistory job={job} summary={summary} removal={summary.removal} />
      ) : (
        summary.counts !== undefined && <FileCounts job={job} counts={summary.counts} />
      )}
      {summary.receipt !== undefined && <Receipt job={job} status={status} />}
      {(summary.verify?.affected.length ?? 0) > 0 && <Affected status={status} />}
      <Throughput job={job} />
    </>
  )
}

function figuresOf(kind: JobKind, { summary, startedAt, endedAt }: Success): readonly Figure[] {
  const { newChunks, reusedChunks, verify, prune, garbage, indexedSnapshots } = summary
  const figures: Figure[] = []
  // These count snapshots; reading a repository moves no bytes, and rewriting snapshots reads few.
  if (summary.counts !== undefined && kind !== 'index' && kind !== 'remove-from-history') {
    figures.push(
      {
        label: t('jobs.protected'),
        value: formatBytes(summary.doneBytes),
        // What did not change counts as done without being read, so a rate would be of bytes nobody moved.
        note:
          summary.counts.stored === 0
            ? t('jobs.nothingRead')
            : t('jobs.inTime', { time: formatDuration(endedAt - startedAt) }),
      },
      { label: t('jobs.stored'), value: formatBytes(summary.storedBytes), note: t('jobs.newInRepository') },
    )
  }
  if (newChunks !== undefined && reusedChunks !== undefined && newChunks + reusedChunks > 0) {
    figures.push({
      label: t('jobs.blocks'),
      value: formatCount(newChunks + reusedChunks),
      note: t('jobs.thereAlready', { percent: formatPercent(reusedChunks / (newChunks + reusedChunks)) }),
    })
  }
  if (verify !== undefined) {
    figures.push(
      {
        label: t('jobs.checked'),
        value: formatCounted(verify.snapshots, 'snapshot'),
        note: formatCounted(verify.chunks, 'block'),
      },
      {
        label: t('jobs.damaged'),
        value: formatCounted(verify.corrupt, 'block'),
        note:
          verify.affected.length === 0
            ? t('jobs.noneAffected')
            : t('jobs.affected', { snapshots: formatCounted(verify.affected.length, 'snapshot') }),
      },
    )
  }
  if (prune !== undefined) {
    figures.push({
      label: t('jobs.removed'),
      value: formatCounted(prune.removed, 'snapshot'),
      note: t('jobs.stay', { n: formatCount(prune.kept) }),
    })
  }
  if (summary.restoreTest !== undefined) {
    const { files, bytes, canaries = 0 } = summary.restoreTest
    figures.push({
      label: t('trust.testedFiles'),
      value: formatCounted(files, 'file'),
      note: `${formatBytes(bytes)}, ${t('trust.testedSame')}`,
    })
    if (canaries > 0) {
      figures.push({ label: t('trust.canaries'), value: formatCount(canaries), note: t('trust.asPlanted') })
    }
  }
  if (garbage !== undefined) {
    figures.push(
      {
        label: t('jobs.freed'),
        value: formatBytes(garbage.removedBytes),
        note: formatCounted(garbage.removedChunks, 'block'),
      },
      { label: t('jobs.stillWaiting'), value: formatBytes(garbage.pendingBytes), note: t('jobs.usedTooLately') },
      {
        label: t('jobs.inRepository'),
        value: formatBytes(garbage.diskBytes),
        note: formatCounted(garbage.diskChunks, 'block'),
      },
    )
  }
  if (indexedSnapshots !== undefined)
    figures.push({ label: t('jobs.read'), value: formatCounted(indexedSnapshots, 'snapshot') })
  return figures
}

function Receipt({ job, status }: { readonly job: Job; readonly status: Success }) {
  const now = useNow()
  const client = useClient()
  const navigate = useNavigate()
  const receipt = status.summary.receipt
  const undo = useCommand(async () => {
    const sure = await confirm({
      title: t('jobs.undoThis'),
      children: t('jobs.undoText'),
      confirm: t('jobs.undoRestoreOf', { files: formatCounted(receipt?.restored ?? 0, 'file') }),
    })
    if (sure) await navigate(`/activity/${(await client.restore.undo({ jobId: job.id })).id}`)
  })
  if (receipt === undefined) return null
  const canUndo = !receipt.undone && receipt.undoableUntil !== undefined && receipt.undoableUntil > now
  return (
    <>
      <CountedSum
        total={{ label: t('jobs.seen'), count: receipt.seen, note: t('jobs.filesAndFolders') }}
        parts={[
          { label: t('jobs.restored'), count: receipt.restored, note: formatBytes(receipt.writtenBytes) },
          { label: t('jobs.identical'), count: receipt.identical, note: t('jobs.leftAsTheyWere') },
          { label: t('jobs.skipped'), count: receipt.skipped },
          { label: t('jobs.failed'), count: receipt.failed, isBad: true },
        ]}
      />
      <div className="hf-card hf-row" style={{ padding: '12px 16px' }}>
        <p className="hf-grow">
          <Trans
            i18nKey="jobs.restoredTo"
            components={{ path: <span className="hf-mono">{receipt.targetRoot}</span> }}
          />{' '}
          {receipt.undone
            ? t('jobs.wasUndone')
            : canUndo
              ? t('jobs.undoUntil', { date: formatDate(receipt.undoableUntil ?? 0, now) })
              : t('jobs.noUndo')}
        </p>
        {canUndo && (
          <Button
            leftSection={<IconArrowBackUp size={16} stroke={1.75} aria-hidden />}
            loading={undo.busy}
            onClick={() => undo.run()}
          >
            {t('jobs.undo')}
          </Button>
        )}
      </div>
    </>
  )
}

/** What looked like an attack on the files; the overview asks about it until somebody has looked. */
function Unusual({ job, anomaly }: { readonly job: Job; readonly anomaly: Anomaly }) {
  return (
    <section className="hf-card" style={{ padding: '12px 16px' }} aria-labelledby="job-unusual">
      <h2 id="job-unusual" className="hf-h4 hf-bad">
        {t('trust.unusual', { title: translateSaid(job.title) })}
      </h2>
      <AnomalySigns anomaly={anomaly} />
      {anomaly.pinned !== undefined && <p className="hf-2">{t('trust.lastGoodKept')}</p>}
    </section>
  )
}

function Affected({ status }: { readonly status: Success }) {
  return (
    <section aria-labelledby="job-affected">
      <h2 id="job-affected" className="hf-h4" style={{ marginBottom: 8 }}>
        {t('jobs.whatIsAffected')}
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
