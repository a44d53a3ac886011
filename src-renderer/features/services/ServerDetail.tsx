import type { Server, ServerConfig, ServerLogLine } from '../../../src-shared/model/server.ts'
import { errorMessage, translateSaid } from '../../i18n/said.ts'
import { t } from '../../i18n/translate.ts'
import { CopyIcon } from '../../ui/CopyCommand.tsx'
import { PageHeader } from '../../ui/PageHeader.tsx'
import { When } from '../../ui/When.tsx'
import { AgentForm } from './AgentForm.tsx'
import { CouchbaseForm } from './CouchbaseForm.tsx'
import { JobServerAccess } from './JobServerAccess.tsx'
import { ListenForm } from './ListenForm.tsx'
import { OfferedRepositories } from './OfferedRepositories.tsx'
import { PbsAccounts } from './PbsAccounts.tsx'
import { ServerLog } from './ServerLog.tsx'
import { addressOf, serverWords, statusLine } from './server-words.ts'

export interface ServerDetailProps {
  readonly server: Server
  readonly log: readonly ServerLogLine[]
}

/** One server: what it exposes, where it listens, what it offers and to whom, who is connected, what happened. */
export function ServerDetail({ server, log }: ServerDetailProps) {
  const { config, status } = server
  const words = serverWords[config.kind]
  const name = t(words.name)
  return (
    <section className="hf-page" aria-label={name}>
      <PageHeader title={name} sub={statusLine(server)} />
      <div className="hf-scroll hf-server-body">
        {status.state === 'failed' && (
          <div className="hf-card hf-server-card" role="alert">
            <p className="hf-bad hf-med">{errorMessage(status.error)}</p>
            {status.error.hint !== undefined && <p className="hf-2">{translateSaid(status.error.hint)}</p>}
          </div>
        )}
        <p className="hf-2" style={{ maxWidth: 680 }}>
          {t(words.exposes)}
        </p>
        {status.state === 'running' && <Facts status={status} />}
        <ListenForm key={addressOf(config.listen)} config={config} />
        <Offers config={config} />
        {config.kind === 'jobs' && <JobServerAccess status={status} />}
        {status.state === 'running' && <Connections connections={status.connections} />}
        <ServerLog lines={log} />
      </div>
    </section>
  )
}

function Offers({ config }: { readonly config: ServerConfig }) {
  switch (config.kind) {
    case 'pbs':
      return (
        <>
          <OfferedRepositories config={config} />
          <PbsAccounts offered={config.datastores.map(({ name }) => name)} />
        </>
      )
    case 'xtrabackup-agent':
      return <AgentForm config={config} />
    case 'couchbase':
      return <CouchbaseForm config={config} />
    case 'jobs':
      return null
  }
}

type Running = Extract<Server['status'], { state: 'running' }>

function Facts({ status }: { readonly status: Running }) {
  const address = addressOf(status.listen)
  return (
    <dl className="hf-card hf-server-card hf-server-facts">
      <dt className="hf-2">{t('services.address')}</dt>
      <dd className="hf-row">
        <span className="hf-mono">{address}</span>
        <CopyIcon value={address} label={t('services.copyAddress')} />
      </dd>
      {status.fingerprint !== undefined && (
        <>
          <dt className="hf-2">{t('services.fingerprint')}</dt>
          <dd className="hf-row">
            <span className="hf-mono">{status.fingerprint}</span>
            <CopyIcon value={status.fingerprint} label={t('services.copyFingerprint')} />
          </dd>
        </>
      )}
      <dt className="hf-2">{t('services.since')}</dt>
      <dd>
        <When at={status.since} />
      </dd>
    </dl>
  )
}

function Connections({ connections }: Pick<Running, 'connections'>) {
  return (
    <section aria-labelledby="connections">
      <h2 id="connections" className="hf-h4" style={{ marginBottom: 8 }}>
        {t('services.whoIsConnected')}
      </h2>
      {connections.length === 0 ? (
        <p className="hf-2">{t('services.nobody')}</p>
      ) : (
        <table className="hf-server-table">
          <thead>
            <tr>
              <th scope="col">{t('services.address')}</th>
              <th scope="col">{t('services.account')}</th>
              <th scope="col">{t('services.since')}</th>
              <th scope="col">{t('services.does')}</th>
            </tr>
          </thead>
          <tbody>
            {connections.map(({ id, peer, user, since, activity }) => (
              <tr key={id}>
                <td className="hf-mono">{peer}</td>
                <td className="hf-mono">{user ?? ''}</td>
                <td>
                  <When at={since} />
                </td>
                <td>{activity}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  )
}
