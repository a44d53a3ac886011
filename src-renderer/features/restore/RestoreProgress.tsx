import { Button } from '@mantine/core'
import { Link } from 'react-router'
import type { Job } from '../../../src-shared/model/job.ts'
import { translateSaid } from '../../i18n/said.ts'
import { t } from '../../i18n/translate.ts'
import { useRestoreActions } from '../../state/restore-draft.ts'
import { useClient } from '../../state/use-app.tsx'
import { useCommand } from '../../state/use-command.ts'
import { formatBytes, formatBytesOf, formatCounted } from '../../ui/format.ts'
import { progressShare, runningSentence } from '../../ui/job-words.ts'
import { Meter } from '../../ui/Meter.tsx'
import { PanelHead } from './PanelHead.tsx'

/** During: how far it is. The panel may be closed; the job goes on in the activity bar. */
export function RestoreProgress({ job, from }: { readonly job: Job | undefined; readonly from: string }) {
  const client = useClient()
  const restore = useRestoreActions()
  const cancel = useCommand(async () => {
    if (job !== undefined) await client.jobs.cancel({ id: job.id })
  })
  const progress = job?.status.state === 'running' ? job.status.progress : undefined
  const share = progress === undefined ? undefined : progressShare(progress)
  return (
    <>
      <PanelHead title={(job && translateSaid(job.title)) ?? t('common.restore')} sub={from} onClose={restore.close} />
      <div className="hf-restore-progress hf-grow" aria-live="polite">
        {progress === undefined ? (
          <p className="hf-2">
            {job?.status.state === 'waiting' ? translateSaid(job.status.reason) : t('restore.startsSoon')}
          </p>
        ) : (
          <>
            <p className="hf-med">{runningSentence(progress)}</p>
            {share !== undefined && <Meter value={share} size={8} label={t('restore.restoredSoFar')} />}
            <p className="hf-sm hf-2 hf-num">
              {t('restore.filesAndBytes', {
                files: formatCounted(progress.counts.seen, 'file'),
                bytes:
                  progress.totalBytes === undefined
                    ? formatBytes(progress.doneBytes)
                    : formatBytesOf(progress.doneBytes, progress.totalBytes),
              })}
            </p>
            <p className="hf-mono hf-3 hf-ell">{progress.current[0] ?? '\u00a0'}</p>
          </>
        )}
      </div>
      <div className="hf-panel-foot">
        <p className="hf-sm hf-2 hf-grow">
          {t('restore.goesOn')}{' '}
          {job !== undefined && <Link to={`/activity/${job.id}`}>{t('restore.showInActivity')}</Link>}
        </p>
        <Button
          disabled={job === undefined}
          loading={cancel.busy}
          onClick={() => {
            // useCommand shows its failure itself
            void cancel.run()
          }}
        >
          {t('restore.stop')}
        </Button>
      </div>
    </>
  )
}
