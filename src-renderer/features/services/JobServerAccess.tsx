import { Button } from '@mantine/core'
import type { ReactNode } from 'react'
import { useNavigate } from 'react-router'
import type { JobId } from '../../../src-shared/model/ids.ts'
import type { ConnectedRunner, ServerToken } from '../../../src-shared/model/remote-job.ts'
import type { Server } from '../../../src-shared/model/server.ts'
import { t } from '../../i18n/translate.ts'
import { useClient } from '../../state/use-app.tsx'
import { useCommand } from '../../state/use-command.ts'
import { useQuery } from '../../state/use-query.ts'
import { confirm } from '../../ui/confirm.tsx'
import { formatMoment } from '../../ui/format.ts'
import { QueryView } from '../../ui/QueryView.tsx'
import { useNow } from '../../ui/use-now.ts'
import { When } from '../../ui/When.tsx'
import { AskRunners } from './AskRunners.tsx'
import type { AskedServer } from './asked-server.ts'
import { addressOf } from './server-words.ts'
import { showToken } from './show-token.tsx'
import { useLookingAgain } from './use-looking-again.ts'

const dayMs = 24 * 60 * 60_000

type Running = Extract<Server['status'], { state: 'running' }>

/** Who may use the job server, who works for it, and what a runner is to do. */
export function JobServerAccess({ status }: { readonly status: Server['status'] }) {
  if (status.state !== 'running') return <p className="hf-2">{t('runners.switchOn')}</p>
  return (
    <>
      <Tokens status={status} />
      <Runners />
    </>
  )
}

function Tokens({ status }: { readonly status: Running }) {
  const tokens = useQuery(['job-server-tokens'], (client, signal) => client.jobServer.tokens(undefined, { signal }))
  useLookingAgain(tokens.reload)
  const client = useClient()
  const make = useCommand(async (kind: ServerToken['kind']) => {
    const { token } = await client.jobServer.makeToken(kind === 'login' ? { kind } : { kind, validForMs: dayMs })
    showToken({ token, kind, address: addressOf(status.listen), fingerprint: status.fingerprint })
    tokens.reload()
  })
  return (
    <section aria-labelledby="job-tokens">
      <div className="hf-row" style={{ marginBottom: 8, gap: 8 }}>
        <h2 id="job-tokens" className="hf-h4 hf-grow">
          {t('runners.tokens')}
        </h2>
        <Button loading={make.busy} onClick={() => void make.run('login')}>
          {t('runners.makeLogin')}
        </Button>
        <Button loading={make.busy} onClick={() => void make.run('invite')}>
          {t('runners.makeInvite')}
        </Button>
      </div>
      <QueryView query={tokens} onRetry={tokens.reload}>
        {(value) => <TokenTable tokens={value} reload={tokens.reload} />}
      </QueryView>
    </section>
  )
}

function TokenTable({ tokens, reload }: { readonly tokens: readonly ServerToken[]; readonly reload: () => void }) {
  const now = useNow()
  if (tokens.length === 0) return <p className="hf-2">{t('runners.noTokens')}</p>
  return (
    <table className="hf-server-table">
      <thead>
        <tr>
          <th scope="col">{t('runners.token')}</th>
          <th scope="col">{t('runners.kind')}</th>
          <th scope="col">{t('runners.made')}</th>
          <th scope="col">{t('runners.goodUntil')}</th>
          <th scope="col" aria-label={t('runners.revoke')} />
        </tr>
      </thead>
      <tbody>
        {tokens.toReversed().map((token) => (
          <tr key={token.id}>
            <td className="hf-mono">{shortId(token)}</td>
            <td>{t(`runners.${token.kind}`)}</td>
            <td>
              <When at={token.createdAt} />
            </td>
            <td className={token.revokedAt === undefined ? '' : 'hf-2'}>{validity(token, now)}</td>
            <td style={{ textAlign: 'right' }}>{isGood(token, now) && <Revoke token={token} reload={reload} />}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function Revoke({ token, reload }: { readonly token: ServerToken; readonly reload: () => void }) {
  const client = useClient()
  const revoke = useCommand(() => client.jobServer.revokeToken({ id: token.id }), { done: reload })
  const ask = async () => {
    const isSure = await confirm({
      title: t('runners.revokeThis', { id: shortId(token) }),
      children: t('runners.revokeText'),
      confirm: t('runners.revokeToken'),
    })
    if (isSure) await revoke.run()
  }
  return (
    <Button size="compact-sm" loading={revoke.busy} onClick={() => void ask()}>
      {t('runners.revoke')}
    </Button>
  )
}

function Runners() {
  const client = useClient()
  const navigate = useNavigate()
  const server: AskedServer = {
    queue: async (wish) => (await client.jobServer.queue(wish)).jobId,
    output: (api, id, signal) => api.jobServer.output({ id: id as JobId }, { signal }), // as `queue` gave it
    show: (jobId) => void navigate(`/activity/${jobId}`),
  }
  const runners = useQuery(['job-server-runners'], (api, signal) => api.jobServer.runners(undefined, { signal }), {
    keep: true,
  })
  const { reload } = runners
  useLookingAgain(reload)
  return (
    <section aria-labelledby="job-runners">
      <h2 id="job-runners" className="hf-h4" style={{ marginBottom: 8 }}>
        {t('runners.runners')}
      </h2>
      <QueryView query={runners} onRetry={reload}>
        {(value) => (
          <AskRunners
            server={server}
            runners={value.map(({ id }) => id)}
            table={(plansButton) => <RunnerTable runners={value} plansButton={plansButton} />}
          />
        )}
      </QueryView>
    </section>
  )
}

interface RunnerTableProps {
  readonly runners: readonly ConnectedRunner[]
  readonly plansButton: (runner: string) => ReactNode
}

function RunnerTable({ runners, plansButton }: RunnerTableProps) {
  if (runners.length === 0) return <p className="hf-2">{t('runners.noRunners')}</p>
  return (
    <table className="hf-server-table">
      <thead>
        <tr>
          <th scope="col">{t('runners.runner')}</th>
          <th scope="col">{t('runners.takes')}</th>
          <th scope="col">{t('runners.does')}</th>
          <th scope="col" aria-label={t('fleet.itsPlans')} />
        </tr>
      </thead>
      <tbody>
        {runners.map(({ id, byIdOnly, jobs }) => (
          <tr key={id}>
            <td className="hf-mono">{id}</td>
            <td>{t(byIdOnly ? 'runners.ownJobs' : 'runners.anyJob')}</td>
            <td>{jobs === 0 ? t('runners.idle') : t('runners.busy', { count: jobs })}</td>
            <td style={{ textAlign: 'right' }}>{plansButton(id)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

/** Enough of it to tell tokens apart. */
function shortId({ id }: ServerToken): string {
  return id.slice(0, 12)
}

function isGood({ revokedAt, validUntil }: ServerToken, now: number): boolean {
  return revokedAt === undefined && (validUntil === undefined || validUntil > now)
}

function validity({ revokedAt, validUntil }: ServerToken, now: number): string {
  if (revokedAt !== undefined) return t('runners.revoked')
  if (validUntil === undefined) return t('runners.forGood')
  return validUntil > now ? t('runners.until', { when: formatMoment(validUntil, now) }) : t('runners.expired')
}
