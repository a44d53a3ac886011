import { errorMessage, translateSaid } from '../../i18n/said.ts'
import { t } from '../../i18n/translate.ts'
import './restore.css'
import { Button } from '@mantine/core'
import { useEffect, useRef } from 'react'
import { Link } from 'react-router'
import type { RestorePreview } from '../../../src-shared/model/restore.ts'
import { type RestoreDraft, useRestoreActions, useRestoreDraft } from '../../state/restore-draft.ts'
import { useJobs, useSharedValue } from '../../state/use-app.tsx'
import { useQuery } from '../../state/use-query.ts'
import { ErrorState } from '../../ui/ErrorState.tsx'
import { pointWords, snapshotAt } from '../../ui/snapshot-words.ts'
import { useNow } from '../../ui/use-now.ts'
import { PanelHead } from './PanelHead.tsx'
import { RestoreChoosing } from './RestoreChoosing.tsx'
import { RestoreProgress } from './RestoreProgress.tsx'
import { RestoreReceiptView } from './RestoreReceiptView.tsx'

/** The restore panel beside the screen, which stays alive; nothing while nothing is being restored. */
export function RestorePanel() {
  const draft = useRestoreDraft()
  if (draft === undefined) return null
  return <Aside draft={draft} />
}

/** Escape closes it; then the focus goes back to where it came from. */
function Aside({ draft }: { readonly draft: RestoreDraft }) {
  const restore = useRestoreActions()
  const cameFrom = useRef(document.activeElement)
  useEffect(() => {
    const before = cameFrom.current
    return () => {
      if (before instanceof HTMLElement) before.focus({ preventScroll: true })
    }
  }, [])
  return (
    <aside
      className="hf-restore"
      aria-label={t('common.restore')}
      onKeyDown={(event) => {
        if (event.key === 'Escape' && !event.defaultPrevented) restore.close()
      }}
    >
      <Panel draft={draft} />
    </aside>
  )
}

/** choosing ─► running ─► receipt, or what went wrong. */
function Panel({ draft }: { readonly draft: RestoreDraft }) {
  const now = useNow()
  const restore = useRestoreActions()
  const job = useJobs((jobs) => (draft.jobId === undefined ? undefined : jobs.byId.get(draft.jobId)))
  const lineages = useSharedValue('lineages') ?? []
  const snapshot = useQuery(['snapshot', draft.snapshotId], (client, signal) =>
    client.snapshots.get({ id: draft.snapshotId }, { signal }),
  )
  const started = useRef<RestorePreview>(undefined)
  const title = lineages.find((lineage) => lineage.id === draft.lineageId)?.title ?? t('restore.theSnapshot')
  const from =
    snapshot.state === 'ready'
      ? t('restore.fromAsOn', { title, when: pointWords(snapshotAt(snapshot.value), now) })
      : t('restore.from', { title })

  if (draft.jobId === undefined) {
    return (
      <RestoreChoosing
        draft={draft}
        from={from}
        onStarted={(preview) => {
          started.current = preview
        }}
      />
    )
  }
  const receipt = job?.status.state === 'success' ? job.status.summary.receipt : undefined
  if (job?.status.state === 'success' && receipt !== undefined) {
    const { startedAt, endedAt } = job.status
    return (
      <RestoreReceiptView
        job={job}
        receipt={receipt}
        startedAt={startedAt}
        endedAt={endedAt}
        chosen={draft.paths}
        from={from}
        preview={started.current}
      />
    )
  }
  if (job?.status.state === 'error') {
    const { error } = job.status
    return (
      <>
        <PanelHead title={t('restore.stopped')} sub={from} onClose={restore.close} />
        <div className="hf-grow">
          <ErrorState
            failure={{ code: error.code, message: errorMessage(error), hint: error.hint && translateSaid(error.hint) }}
          />
          <p className="hf-sm hf-2" style={{ padding: '0 24px' }}>
            {t('restore.wholeUntilThen')}
          </p>
        </div>
        <div className="hf-panel-foot">
          <span className="hf-grow" />
          <Button component={Link} to={`/activity/${job.id}`}>
            {t('common.showLog')}
          </Button>
          <Button variant="filled" onClick={() => restore.open({ ...withoutJob(draft) })}>
            {t('restore.lookAgain')}
          </Button>
        </div>
      </>
    )
  }
  return <RestoreProgress job={job} from={from} />
}

function withoutJob({ lineageId, snapshotId, paths }: RestoreDraft): RestoreDraft {
  return { lineageId, snapshotId, paths }
}
