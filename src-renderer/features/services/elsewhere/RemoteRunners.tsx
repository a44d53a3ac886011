import type { ReactNode } from 'react'
import type { KnownJobServer, KnownRunner, RemoteEvent } from '../../../../src-shared/model/known-job-server.ts'
import type { TerminalBatch } from '../../../../src-shared/model/remote-job.ts'
import { t } from '../../../i18n/translate.ts'
import { useClient } from '../../../state/use-app.tsx'
import { Status } from '../../../ui/Status.tsx'
import { AskRunners } from '../AskRunners.tsx'
import type { AskedServer } from '../asked-server.ts'

interface RemoteRunnersProps {
  readonly server: KnownJobServer
  readonly runners: readonly KnownRunner[]
  readonly onQueued: (queueId: string) => void
}

/** Runners that jobs of a server name, whether they are there, and what one is to do. */
export function RemoteRunners({ server: { id }, runners, onQueued }: RemoteRunnersProps) {
  const client = useClient()
  const server: AskedServer = {
    queue: async (wish) => (await client.jobServers.queue({ id, ...wish })).queueId,
    output: async (api, queueId, signal) => outputOf(await api.jobServers.watch({ id, queueId }, { signal })),
    show: onQueued,
  }
  return (
    <section aria-labelledby="remote-runners">
      <h2 id="remote-runners" className="hf-h4" style={{ marginBottom: 8 }}>
        {t('runners.runners')}
      </h2>
      <AskRunners
        server={server}
        runners={runners.map((runner) => runner.id)}
        table={(plansButton) => <RunnerTable runners={runners} plansButton={plansButton} />}
      />
    </section>
  )
}

async function* outputOf(events: AsyncIterable<RemoteEvent>): AsyncGenerator<TerminalBatch> {
  for await (const event of events) if (event.type === 'output') yield event
}

interface RunnerTableProps {
  readonly runners: readonly KnownRunner[]
  readonly plansButton: (runner: string) => ReactNode
}

function RunnerTable({ runners, plansButton }: RunnerTableProps) {
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
            <td style={{ textAlign: 'right' }}>{isConnected && plansButton(id)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
