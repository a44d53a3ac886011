import { Button, CloseButton } from '@mantine/core'
import type { KnownJobServer, RemoteEvent } from '../../../../src-shared/model/known-job-server.ts'
import { translateSaid } from '../../../i18n/said.ts'
import { t } from '../../../i18n/translate.ts'
import { useClient } from '../../../state/use-app.tsx'
import { useCommand } from '../../../state/use-command.ts'
import { useStream } from '../../../state/use-stream.ts'
import { jobLine, jobStatusKind } from '../../../ui/job-words.ts'
import { Status } from '../../../ui/Status.tsx'
import { RemoteFacts } from '../../../ui/terminal/RemoteFacts.tsx'
import { TerminalSection } from '../../../ui/terminal/TerminalSection.tsx'
import { applyRemoteEvent, nothingWatched, type RemoteWatch } from './remote-watch.ts'

interface RemoteJobProps {
  readonly server: KnownJobServer
  readonly queueId: string
  readonly onClose: () => void
}

/** One job of another server, live: how it stands and what its runner prints, from its beginning. */
export function RemoteJob({ server: { id }, queueId, onClose }: RemoteJobProps) {
  const client = useClient()
  const { state, ended, failure } = useStream<RemoteEvent, RemoteWatch>({
    key: `${id} ${queueId}`,
    open: (api, signal) => api.jobServers.watch({ id, queueId }, { signal }),
    initial: nothingWatched,
    apply: applyRemoteEvent,
  })
  const cancel = useCommand(() => client.jobServers.cancel({ id, queueId }))
  const { job, terminal, isLost } = state
  const title = job === undefined ? t('fleet.job') : translateSaid(job.title)
  return (
    <section className="hf-card hf-server-card hf-remote-job" aria-label={title}>
      <div className="hf-row">
        <h2 className="hf-h4 hf-grow hf-ell">{title}</h2>
        {!ended && failure === undefined && (
          <Button size="compact-sm" loading={cancel.busy} onClick={() => void cancel.run()}>
            {t('fleet.cancelJob')}
          </Button>
        )}
        <CloseButton aria-label={t('common.close')} onClick={onClose} />
      </div>
      {job !== undefined && <Status kind={jobStatusKind(job)}>{jobLine(job)}</Status>}
      {isLost && (
        <p className="hf-warn" role="status">
          {t('fleet.lost')}
        </p>
      )}
      {job?.spec.kind === 'remote' && <RemoteFacts spec={job.spec} />}
      <TerminalSection state={terminal} ended={ended} failure={failure} />
    </section>
  )
}
