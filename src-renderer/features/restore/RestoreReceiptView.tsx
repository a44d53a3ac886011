import { Button } from '@mantine/core'
import { IconAlertTriangle, IconArrowBackUp, IconCheck } from '@tabler/icons-react'
import { useState } from 'react'
import { Link } from 'react-router'
import type { JobId } from '../../../src-shared/model/ids.ts'
import type { Job } from '../../../src-shared/model/job.ts'
import type { RestoreOutcome, RestorePreview, RestoreReceipt } from '../../../src-shared/model/restore.ts'
import { useRestoreActions } from '../../state/restore-draft.ts'
import { useClient, useJobs } from '../../state/use-app.tsx'
import { useCommand } from '../../state/use-command.ts'
import { useQuery } from '../../state/use-query.ts'
import { CopyIcon } from '../../ui/CopyCommand.tsx'
import { CountedSum } from '../../ui/CountedSum.tsx'
import { ErrorState } from '../../ui/ErrorState.tsx'
import { formatBytes, formatCounted, formatDate, formatDuration, formatMoment } from '../../ui/format.ts'
import { useNow } from '../../ui/use-now.ts'
import { OutcomeChips } from './OutcomeChips.tsx'
import { OutcomeList } from './OutcomeList.tsx'
import { PanelHead } from './PanelHead.tsx'
import { receiptTitle, restoredNote } from './restore-words.ts'

export interface RestoreReceiptViewProps {
  readonly job: Job
  readonly receipt: RestoreReceipt
  readonly startedAt: number
  readonly endedAt: number
  readonly chosen: readonly string[]
  readonly from: string
  /** What the list said before; missing when the panel was opened for a restore that ran before. */
  readonly preview: RestorePreview | undefined
}

const MOST_REASONS = 200

/** After: the counted sum, the way back, and what happened to each file. */
export function RestoreReceiptView(props: RestoreReceiptViewProps) {
  const { job, receipt, startedAt, endedAt, chosen, from, preview } = props
  const now = useNow()
  const client = useClient()
  const restore = useRestoreActions()
  const [filter, setFilter] = useState<RestoreOutcome>()
  const hasProblems = receipt.failed > 0
  const failed = useQuery(
    ['restore-failed', job.id],
    (of, signal) => of.jobs.log({ id: job.id, outcome: 'failed', limit: MOST_REASONS }, { signal }),
    { enabled: hasProblems },
  )
  const undo = useCommand(() => client.restore.undo({ jobId: job.id }))
  const [undoJobId, setUndoJobId] = useState<JobId>()
  const undoStatus = useJobs((jobs) => (undoJobId === undefined ? undefined : jobs.byId.get(undoJobId)?.status))
  const isUndone = receipt.undone || undoStatus?.state === 'success'
  const isUndoing = undoJobId !== undefined && undoStatus?.state !== 'error' && !isUndone
  const reasons = failed.state === 'ready' ? failed.value.lines : []
  const failures = new Map(reasons.flatMap((line) => (line.path === undefined ? [] : [[line.path, line.message]])))
  const canUndo = receipt.undoableUntil !== undefined && receipt.undoableUntil > now && !isUndone

  return (
    <>
      <PanelHead
        title={receiptTitle({ ...receipt, undone: isUndone })}
        sub={`Restored ${formatMoment(endedAt, now)} in ${formatDuration(endedAt - startedAt)}. ${from}`}
        onClose={restore.close}
        mark={
          <span className="hf-seal" data-tone={hasProblems ? 'warn' : 'ok'} aria-hidden>
            {hasProblems ? <IconAlertTriangle size={16} stroke={2} /> : <IconCheck size={16} stroke={2.5} />}
          </span>
        }
      />
      <div className="hf-receipt">
        <CountedSum
          total={{ label: 'Chosen', count: receipt.seen, note: formatBytes(receipt.writtenBytes) }}
          parts={[
            { label: 'Restored', count: receipt.restored, note: restoredNote(preview) },
            { label: 'Identical', count: receipt.identical, note: 'nothing to do' },
            { label: 'Left alone', count: receipt.skipped, note: receipt.skipped > 0 ? 'as they are on disk' : 'none' },
            { label: 'Failed', count: receipt.failed, note: hasProblems ? 'reasons below' : 'none', isBad: true },
          ]}
        />
        {undoStatus?.state === 'error' && <ErrorState failure={{ hint: undefined, ...undoStatus.error }} />}
        {isUndone && undoJobId !== undefined && (
          <p className="hf-sm hf-2">
            What was new is gone again, and what was overwritten is back.{' '}
            <Link to={`/activity/${undoJobId}`}>What could not be undone is listed in Activity</Link>
          </p>
        )}
        {canUndo && receipt.undoableUntil !== undefined && (
          <div className="hf-card hf-undo">
            <IconArrowBackUp size={20} stroke={1.6} className="hf-2" aria-hidden />
            <div className="hf-grow">
              <p className="hf-med">This can be undone until {formatDate(receipt.undoableUntil, now)}.</p>
              <p className="hf-sm hf-2">
                Undo removes the files that are new and puts back what was overwritten. Files you have changed since
                then stay as they are and are listed.
              </p>
            </div>
            <Button
              loading={undo.busy || isUndoing}
              onClick={() => {
                // useCommand shows its failure itself
                void undo.run().then((started) => setUndoJobId(started?.id))
              }}
            >
              Undo restore
            </Button>
          </div>
        )}
      </div>
      {preview !== undefined ? (
        <>
          <OutcomeChips tense="after" preview={preview} filter={filter} onFilter={setFilter} />
          <OutcomeList preview={preview} chosen={chosen} filter={filter} tense="after" failures={failures} />
        </>
      ) : (
        <div className="hf-grow" />
      )}
      {reasons.length > 0 && (
        <section className="hf-reasons" aria-label="What failed, and why">
          <h3 className="hf-sm hf-med">{formatCounted(receipt.failed, 'file')} could not be restored</h3>
          <ul>
            {reasons.map((line) => (
              <li key={line.id}>
                <span className="hf-mono hf-ell" title={line.path}>
                  {line.path}
                </span>
                <span className="hf-sm hf-bad hf-ell" title={line.message}>
                  {line.message}
                </span>
              </li>
            ))}
          </ul>
        </section>
      )}
      <div className="hf-panel-foot">
        <p className="hf-sm hf-2 hf-grow">
          The receipt stays in <Link to={`/activity/${job.id}`}>Activity</Link>.
        </p>
        <span className="hf-mono hf-2 hf-ell" style={{ maxWidth: 260 }} title={receipt.targetRoot}>
          {receipt.targetRoot}
        </span>
        <CopyIcon value={receipt.targetRoot} label="Copy path" />
        <Button variant="filled" onClick={restore.close}>
          Done
        </Button>
      </div>
    </>
  )
}
