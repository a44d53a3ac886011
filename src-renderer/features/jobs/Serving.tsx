import { Button } from '@mantine/core'
import { IconPlayerStop } from '@tabler/icons-react'
import type { Job } from '../../../src-shared/model/job.ts'
import { t } from '../../i18n/translate.ts'
import { useClient } from '../../state/use-app.tsx'
import { useCommand } from '../../state/use-command.ts'
import { CopyCommand, CopyIcon } from '../../ui/CopyCommand.tsx'

/** A server that a job runs: where it is reached, and how it ends. */
export function Serving({ job, socket }: { readonly job: Job; readonly socket: string }) {
  const client = useClient()
  const stop = useCommand(() => client.jobs.cancel({ id: job.id }))
  return (
    <section aria-labelledby="job-serving" style={{ display: 'grid', gap: 12 }}>
      <h2 id="job-serving" className="hf-h4">
        {t('databases.servingAt')}
      </h2>
      <p className="hf-2">{t('databases.servingText')}</p>
      <div className="hf-row">
        <span className="hf-sm hf-2">{t('databases.socket')}</span>
        <output className="hf-mono" aria-label={t('databases.socket')} style={{ overflowWrap: 'anywhere' }}>
          {socket}
        </output>
        <CopyIcon value={socket} label={t('databases.copySocket')} />
      </div>
      <CopyCommand command={`mariadb --socket=${socket}`} />
      <div>
        <Button
          loading={stop.busy}
          leftSection={<IconPlayerStop size={16} stroke={1.75} aria-hidden />}
          onClick={() => void stop.run()}
        >
          {t('databases.stop')}
        </Button>
      </div>
    </section>
  )
}
