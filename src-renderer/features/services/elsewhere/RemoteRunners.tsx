import type { KnownJobServer, KnownRunner } from '../../../../src-shared/model/known-job-server.ts'
import { t } from '../../../i18n/translate.ts'
import { useClient } from '../../../state/use-app.tsx'
import { Status } from '../../../ui/Status.tsx'
import { QueueForm } from '../QueueForm.tsx'

interface RemoteRunnersProps {
  readonly server: KnownJobServer
  readonly runners: readonly KnownRunner[]
  readonly onQueued: (queueId: string) => void
}

/** Runners that jobs of a server name, whether they are there, and what one is to do. */
export function RemoteRunners({ server: { id }, runners, onQueued }: RemoteRunnersProps) {
  const client = useClient()
  return (
    <section aria-labelledby="remote-runners">
      <h2 id="remote-runners" className="hf-h4" style={{ marginBottom: 8 }}>
        {t('runners.runners')}
      </h2>
      <RunnerTable runners={runners} />
      <QueueForm
        runners={runners.map((runner) => runner.id)}
        enqueue={async (wish) => onQueued((await client.jobServers.queue({ id, ...wish })).queueId)}
      />
    </section>
  )
}

function RunnerTable({ runners }: { readonly runners: readonly KnownRunner[] }) {
  if (runners.length === 0) return <p className="hf-2">{t('fleet.noRunners')}</p>
  return (
    <table className="hf-server-table">
      <thead>
        <tr>
          <th scope="col">{t('runners.runner')}</th>
          <th scope="col">{t('fleet.state')}</th>
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
          </tr>
        ))}
      </tbody>
    </table>
  )
}
