import { Button } from '@mantine/core'
import { IconShieldPlus, IconUserPlus } from '@tabler/icons-react'
import { useNavigate, useSearchParams } from 'react-router'
import type { KnownJobServer } from '../../../../src-shared/model/known-job-server.ts'
import { t } from '../../../i18n/translate.ts'
import { useClient } from '../../../state/use-app.tsx'
import { useCommand } from '../../../state/use-command.ts'
import { useQuery } from '../../../state/use-query.ts'
import { confirm } from '../../../ui/confirm.tsx'
import { PageHeader } from '../../../ui/PageHeader.tsx'
import { QueryView } from '../../../ui/QueryView.tsx'
import { showToken } from '../show-token.tsx'
import { useLookingAgain } from '../use-looking-again.ts'
import { RemoteJob } from './RemoteJob.tsx'
import { RemoteJobs } from './RemoteJobs.tsx'
import { RemoteRecords } from './RemoteRecords.tsx'
import { RemoteRunners } from './RemoteRunners.tsx'
import { WorkForIt } from './WorkForIt.tsx'

/** Each look is the whole queue: the protocol has no smaller one. */
const lookEveryMs = 4000
const dayMs = 24 * 60 * 60_000

interface RemoteServerProps {
  readonly server: KnownJobServer
  readonly onGone: () => void
  /** It is known differently now. */
  readonly onChange: () => void
}

/** A job server of another computer: its runners, its queue with a job to watch, what it keeps. */
export function RemoteServer({ server, onGone, onChange }: RemoteServerProps) {
  const navigate = useNavigate()
  const [params, setParams] = useSearchParams()
  const watched = params.get('job') ?? undefined
  const watch = (queueId: string | undefined) => setParams(queueId === undefined ? {} : { job: queueId })
  const { id, name, address, fingerprint } = server
  const seen = useQuery(['remote-look', id], (client, signal) => client.jobServers.look({ id }, { signal }))
  useLookingAgain(seen.reload, lookEveryMs)
  return (
    <section className="hf-page" aria-label={name}>
      <PageHeader
        title={name}
        sub={<span className="hf-mono">{address}</span>}
        actions={
          <>
            <Invite server={server} />
            <Button
              leftSection={<IconShieldPlus size={16} stroke={1.75} aria-hidden />}
              onClick={() => void navigate(`/plans/new?server=${id}`)}
            >
              {t('fleet.protect')}
            </Button>
            <Disconnect server={server} onGone={onGone} />
          </>
        }
      />
      <div className="hf-scroll hf-server-body">
        {fingerprint !== undefined && (
          <p className="hf-sm hf-2">
            {t('services.fingerprint')} <span className="hf-mono">{fingerprint}</span>
          </p>
        )}
        {watched !== undefined && (
          <RemoteJob key={watched} server={server} queueId={watched} onClose={() => watch(undefined)} />
        )}
        <QueryView query={seen} onRetry={seen.reload}>
          {({ jobs, runners }) => (
            <>
              <RemoteRunners server={server} runners={runners} onQueued={watch} />
              <RemoteJobs jobs={jobs} watched={watched} onWatch={watch} />
            </>
          )}
        </QueryView>
        <WorkForIt key={JSON.stringify(server.work)} server={server} onChange={onChange} />
        <RemoteRecords server={server} />
      </div>
    </section>
  )
}

/** For one more computer: the token is seen this once. */
function Invite({ server: { id, address, fingerprint } }: { readonly server: KnownJobServer }) {
  const client = useClient()
  const invite = useCommand(async () => {
    const { token } = await client.jobServers.makeToken({ id, kind: 'invite', validForMs: dayMs })
    showToken({ token, kind: 'invite', address, fingerprint })
  })
  return (
    <Button
      loading={invite.busy}
      leftSection={<IconUserPlus size={16} stroke={1.75} aria-hidden />}
      onClick={() => void invite.run()}
    >
      {t('runners.makeInvite')}
    </Button>
  )
}

function Disconnect({ server: { id, name }, onGone }: Omit<RemoteServerProps, 'onChange'>) {
  const client = useClient()
  const remove = useCommand(() => client.jobServers.remove({ id }), { done: onGone })
  const ask = async () => {
    const isSure = await confirm({
      title: t('fleet.disconnectThis', { name }),
      children: t('fleet.disconnectText'),
      confirm: t('fleet.disconnect'),
    })
    if (isSure) await remove.run()
  }
  return (
    <Button loading={remove.busy} onClick={() => void ask()}>
      {t('fleet.disconnect')}
    </Button>
  )
}
