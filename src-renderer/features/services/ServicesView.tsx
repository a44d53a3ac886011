import { t } from '../../i18n/translate.ts'
import './services.css'
import { Switch } from '@mantine/core'
import { Link, useNavigate, useParams } from 'react-router'
import type { Server } from '../../../src-shared/model/server.ts'
import { useClient } from '../../state/use-app.tsx'
import { useCommand } from '../../state/use-command.ts'
import { useQuery } from '../../state/use-query.ts'
import { confirm } from '../../ui/confirm.tsx'
import { ErrorState } from '../../ui/ErrorState.tsx'
import { SplitPane } from '../../ui/SplitPane.tsx'
import { RemoteServer } from './elsewhere/RemoteServer.tsx'
import { ServerList } from './elsewhere/ServerList.tsx'
import { ServerDetail } from './ServerDetail.tsx'
import { isReachableByOthers, serverWords, statusLine } from './server-words.ts'
import { useServers } from './use-servers.ts'

/** What this computer offers to others, and job servers elsewhere: the list on the left, one of them on the right. */
export function ServicesView() {
  const { kind } = useParams()
  const navigate = useNavigate()
  const { state, failure } = useServers()
  const known = useQuery(['job-servers'], (client, signal) => client.jobServers.list(undefined, { signal }), {
    keep: true,
  })
  if (failure !== undefined) return <ErrorState failure={failure} />
  const elsewhere = known.state === 'ready' ? known.value.find(({ id }) => id === kind) : undefined
  const chosen = state.servers.find(({ config }) => config.kind === kind) ?? state.servers[0]
  if (chosen === undefined) return <div className="hf-page" aria-busy="true" />
  return (
    <SplitPane
      name="services"
      width={320}
      first={
        <section className="hf-page" aria-label={t('common.services')}>
          <div className="hf-pane-head">
            <h2 className="hf-h2">{t('common.services')}</h2>
          </div>
          <div className="hf-scroll">
            <ul className="hf-servers">
              {state.servers.map((server) => (
                <ServerRow
                  key={server.config.kind}
                  server={server}
                  isCurrent={elsewhere === undefined && server.config.kind === chosen.config.kind}
                />
              ))}
            </ul>
            <ServerList
              servers={known.state === 'ready' ? known.value : []}
              chosen={elsewhere?.id}
              reload={known.reload}
            />
          </div>
        </section>
      }
      second={
        elsewhere === undefined ? (
          <ServerDetail
            key={chosen.config.kind}
            server={chosen}
            log={state.log.filter((line) => line.kind === chosen.config.kind)}
          />
        ) : (
          <RemoteServer
            key={elsewhere.id}
            server={elsewhere}
            onChange={known.reload}
            onGone={() => {
              known.reload()
              void navigate('/services')
            }}
          />
        )
      }
    />
  )
}

function ServerRow({ server, isCurrent }: { readonly server: Server; readonly isCurrent: boolean }) {
  const { kind } = server.config
  const { icon: Icon, ...words } = serverWords[kind]
  const name = t(words.name)
  return (
    <li className="hf-server-row">
      <Link to={`/services/${kind}`} className="hf-item hf-server-item" aria-current={isCurrent ? 'true' : undefined}>
        <Icon size={16} stroke={1.75} className="hf-3" aria-hidden />
        <span className="hf-grow hf-ell">
          <span className={`hf-ell hf-block ${isCurrent ? 'hf-strong' : 'hf-med'}`}>{name}</span>
          <span className={`hf-sm hf-ell hf-block hf-num ${server.status.state === 'failed' ? 'hf-bad' : 'hf-2'}`}>
            {statusLine(server)}
          </span>
        </span>
      </Link>
      <ServerSwitch server={server} />
    </li>
  )
}

/** Turning one on says plainly what that exposes, before it does. */
function ServerSwitch({ server }: { readonly server: Server }) {
  const client = useClient()
  const { config, status } = server
  const words = serverWords[config.kind]
  const name = t(words.name)
  const start = useCommand(() => client.servers.start({ kind: config.kind }))
  const stop = useCommand(() => client.servers.stop({ kind: config.kind }))
  const isOn = status.state === 'running' || status.state === 'starting'
  const toggle = async () => {
    if (isOn) {
      await stop.run()
      return
    }
    const { host } = config.listen
    const isSure = await confirm({
      title: t('services.switchOnThis', { name }),
      children: (
        <>
          <p>{t(words.exposes)}</p>
          <p className="hf-2" style={{ marginTop: 8 }}>
            {isReachableByOthers(host) ? t('services.reachable', { host }) : t('services.notReachable')}
          </p>
        </>
      ),
      confirm: t('services.switchOn'),
      isDanger: false,
    })
    if (isSure) await start.run()
  }
  return (
    <Switch
      aria-label={name}
      checked={isOn}
      disabled={start.busy || stop.busy || status.state === 'starting'}
      onChange={() => void toggle()}
    />
  )
}
