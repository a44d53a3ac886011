import { Button } from '@mantine/core'
import { IconAlertTriangle, IconArrowBackUp, IconCheck } from '@tabler/icons-react'
import { useState } from 'react'
import { Trans } from 'react-i18next'
import { Link } from 'react-router'
import type { JobId } from '../../../src-shared/model/ids.ts'
import type { Job } from '../../../src-shared/model/job.ts'
import type { RestoreOutcome, RestorePreview, RestoreReceipt } from '../../../src-shared/model/restore.ts'
import { t } from '../../i18n/translate.ts'
import { useRestoreActions } from '../../state/restore-draft.ts'
import { useClient, useJobs } from '../../state/use-app.tsx'
import { useCommand } from '../../state/use-command.ts'
import { useQuery } from '../../state/use-query.ts'
import { CopyIcon } from '../../ui/CopyCommand.tsx'
import { CountedSum } from '../../ui/CountedSum.tsx'
import { ErrorState } from '../../ui/ErrorState.tsx'
import { formatCounted, formatDate, formatDuration, formatMoment } from '../../ui/format.ts'
import { useNow } from '../../ui/use-now.ts'
import { OutcomeChips } from './OutcomeChips.tsx'
import { OutcomeList } from './OutcomeList.tsx'
import { PanelHead } from './PanelHead.tsx'
import { chosenNote, receiptTitle, restoredNote } from './restore-words.ts'

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
        sub={t('restore.restoredIn', {
          when: formatMoment(endedAt, now),
          time: formatDuration(endedAt - startedAt),
          from,
        })}
        onClose={restore.close}
        mark={
          <span className="hf-seal" data-tone={hasProblems ? 'warn' : 'ok'} aria-hidden>
            {hasProblems ? <IconAlertTriangle size={16} stroke={2} /> : <IconCheck size={16} stroke={2.5} />}
          </span>
        }
      />
      <div className="hf-receipt">
        <CountedSum
          total={{ label: t('restore.chosen'), count: receipt.seen, note: chosenNote(receipt) }}
          parts={[
            { label: t('restore.restored'), count: receipt.restored, note: restoredNote(preview) },
            { label: t('restore.identical'), count: receipt.identical, note: t('restore.nothingToDo') },
            {
              label: t('restore.leftAlone'),
              count: receipt.skipped,
              note: receipt.skipped > 0 ? t('restore.asOnDisk') : t('restore.none'),
            },
            {
              label: t('restore.failed'),
              count: receipt.failed,
              note: hasProblems ? t('restore.reasonsBelow') : t('restore.none'),
              isBad: true,
            },
          ]}
        />
        {undoStatus?.state === 'error' && <ErrorState failure={{ hint: undefined, ...undoStatus.error }} />}
        {isUndone && undoJobId !== undefined && (
          <p className="hf-sm hf-2">
            {t('restore.undone')} <Link to={`/activity/${undoJobId}`}>{t('restore.notUndoneListed')}</Link>
          </p>
        )}
        {canUndo && receipt.undoableUntil !== undefined && (
          <div className="hf-card hf-undo">
            <IconArrowBackUp size={20} stroke={1.6} className="hf-2" aria-hidden />
            <div className="hf-grow">
              <p className="hf-med">{t('restore.undoUntil', { date: formatDate(receipt.undoableUntil, now) })}</p>
              <p className="hf-sm hf-2">{t('restore.undoText')}</p>
            </div>
            <Button
              loading={undo.busy || isUndoing}
              onClick={() => {
                // useCommand shows its failure itself
                void undo.run().then((started) => setUndoJobId(started?.id))
              }}
            >
              {t('restore.undo')}
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
        <section className="hf-reasons" aria-label={t('restore.whatFailed')}>
          <h3 className="hf-sm hf-med">{t('restore.couldNot', { files: formatCounted(receipt.failed, 'file') })}</h3>
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
          <Trans i18nKey="restore.receiptStays" components={{ activity: <Link to={`/activity/${job.id}`} /> }} />
        </p>
        <span className="hf-mono hf-2 hf-ell" style={{ maxWidth: 260 }} title={receipt.targetRoot}>
          {receipt.targetRoot}
        </span>
        <CopyIcon value={receipt.targetRoot} label={t('common.copyPath')} />
        <Button variant="filled" onClick={restore.close}>
          {t('restore.done')}
        </Button>
      </div>
    </>
  )
}
