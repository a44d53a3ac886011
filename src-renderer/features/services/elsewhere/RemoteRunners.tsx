import type { KnownJobServer, KnownRunner } from '../../../../src-shared/model/known-job-server.ts'
import { t } from '../../../i18n/translate.ts'
import { useClient } from '../../../state/use-app.tsx'
import { Status } from '../../../ui/Status.tsx'
import { PlansButton } from '../PlansButton.tsx'
import { type Enqueue, QueueForm } from '../QueueForm.tsx'

interface RemoteRunnersProps {
  readonly server: KnownJobServer
  readonly runners: readonly KnownRunner[]
  readonly onQueued: (queueId: string) => void
}

/** Runners that jobs of a server name, whether they are there, and what one is to do. */
export function RemoteRunners({ server: { id }, runners, onQueued }: RemoteRunnersProps) {
  const client = useClient()
  const enqueue: Enqueue = async (wish) => onQueued((await client.jobServers.queue({ id, ...wish })).queueId)
  return (
    <section aria-labelledby="remote-runners">
      <h2 id="remote-runners" className="hf-h4" style={{ marginBottom: 8 }}>
        {t('runners.runners')}
      </h2>
      <RunnerTable runners={runners} enqueue={enqueue} />
      <QueueForm runners={runners.map((runner) => runner.id)} enqueue={enqueue} />
    </section>
  )
}

interface RunnerTableProps {
  readonly runners: readonly KnownRunner[]
  readonly enqueue: Enqueue
}

function RunnerTable({ runners, enqueue }: RunnerTableProps) {
  if (runners.length === 0) return <p className="hf-2">{t('fleet.noRunners')}</p>
  return (
    <table className="hf-server-table">
      <thead>
        <tr>
          <th scope="col">{t('runners.runner')}</th>
          <th scope="col">{t('fleet.state')}</th>
          <th scope="col" aria-label={t('fleet.itsPlans')} />
        </tr>
      </thead>
      <tbody>
        {runners.map(({ id, isConnected }) => (
          <tr key={id}>
            <td className="hf-mono">{id}</td>
            <td>
              <Status kind={isConnected ? 'good' : 'unreachable'}>
                {t(isConnected ? 'fleet.connected' : 'fleet.away')}
              </Status>
            </td>
            <td style={{ textAlign: 'right' }}>{isConnected && <PlansButton runner={id} enqueue={enqueue} />}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
