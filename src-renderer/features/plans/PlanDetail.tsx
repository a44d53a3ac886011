import { ActionIcon, Button, Menu } from '@mantine/core'
import {
  IconCopy,
  IconDots,
  IconHistory,
  IconPencil,
  IconPlayerPause,
  IconPlayerPlay,
  IconTrash,
} from '@tabler/icons-react'
import { Link, useNavigate } from 'react-router'
import type { PlanState } from '../../../src-shared/contract/plans.ts'
import { displayPath } from '../../../src-shared/model/path-text.ts'
import { sourcePaths } from '../../../src-shared/model/source.ts'
import { useApp, useSharedValue } from '../../state/use-app.tsx'
import { useCommand } from '../../state/use-command.ts'
import { useQuery } from '../../state/use-query.ts'
import { CopyCommand } from '../../ui/CopyCommand.tsx'
import { confirm } from '../../ui/confirm.tsx'
import { DayLegend, DayStrip } from '../../ui/DayStrip.tsx'
import { ErrorState } from '../../ui/ErrorState.tsx'
import { type Figure, Figures } from '../../ui/Figures.tsx'
import { formatBytes, formatMoment, formatRelative } from '../../ui/format.ts'
import { PageHeader } from '../../ui/PageHeader.tsx'
import { Status } from '../../ui/Status.tsx'
import { useNow } from '../../ui/use-now.ts'
import { capitalise, joinNames } from '../../ui/words.ts'
import { draftOf } from './draft.ts'
import { PlanProof } from './PlanProof.tsx'
import { PlanRuns } from './PlanRuns.tsx'
import { SizeTrend } from './SizeTrend.tsx'

export function PlanDetail({ state }: { readonly state: PlanState }) {
  const { plan, days } = state
  const now = useNow()
  const next = useQuery(['plan-next', plan.id, JSON.stringify(plan.schedule)], (client, signal) =>
    client.plans.nextRuns({ schedule: plan.schedule, count: 5 }, { signal }),
  )
  const command = useQuery(['plan-command', plan.id, JSON.stringify(plan)], (client, signal) =>
    client.plans.asCommand(draftOf(plan, 'edit'), { signal }),
  )
  return (
    <section className="hf-page" aria-label={plan.name}>
      <PageHeader
        title={plan.name}
        beside={<Status kind={state.health} size="sm" />}
        sub={<span>{next.state === 'ready' ? `${next.value.words}.` : '\u00a0'}</span>}
        actions={<Actions state={state} />}
      />
      <div className="hf-scroll">
        <div style={{ padding: '0 24px 16px' }}>
          {state.health === 'failed' && state.lastError !== undefined && (
            <ErrorState
              failure={{
                code: 'The last run',
                message: state.lastError,
                hint:
                  state.lastGoodAt === undefined
                    ? undefined
                    : `The last good copy is from ${formatMoment(state.lastGoodAt, now)}.`,
              }}
            />
          )}
          <Figures figures={figuresOf(state, now)} />
        </div>
        <div className="hf-plan-grid">
          <div style={{ display: 'flex', flexDirection: 'column', gap: 16 }}>
            <section className="hf-card" style={{ padding: '12px 16px' }} aria-labelledby="plan-days">
              <div className="hf-section-head hf-between">
                <h2 id="plan-days" className="hf-h4">
                  Last 30 days
                </h2>
                <DayLegend />
              </div>
              <DayStrip days={days} />
            </section>
            <PlanRuns planId={plan.id} />
            <SizeTrend planId={plan.id} />
          </div>
          <div style={{ display: 'flex', flexDirection: 'column', gap: 16 }}>
            <Facts state={state} />
            <PlanProof planId={plan.id} />
            <section className="hf-card" style={{ padding: '12px 16px' }} aria-labelledby="plan-next">
              <h2 id="plan-next" className="hf-h4" style={{ marginBottom: 4 }}>
                Next runs
              </h2>
              {!plan.enabled ? (
                <p className="hf-sm hf-2">None while it is switched off.</p>
              ) : next.state === 'ready' && next.value.runs.length === 0 ? (
                <p className="hf-sm hf-2">None; it runs by hand.</p>
              ) : (
                next.state === 'ready' &&
                next.value.runs.map((at) => (
                  <div key={at} className="hf-row hf-between hf-num" style={{ height: 24 }}>
                    <span>{capitalise(formatMoment(at, now))}</span>
                    <span className="hf-sm hf-3">{formatRelative(at, now)}</span>
                  </div>
                ))
              )}
            </section>
            {command.state === 'ready' && (
              <div className="hf-card" style={{ padding: '8px 16px 12px' }}>
                <CopyCommand command={command.value} />
              </div>
            )}
          </div>
        </div>
      </div>
    </section>
  )
}

function figuresOf({ plan, lastGoodAt, nextRunAt, protectedBytes, days }: PlanState, now: number): readonly Figure[] {
  const ran = days.filter(({ state }) => state !== 'none')
  const good = ran.filter(({ state }) => state === 'good' || state === 'warnings' || state === 'running')
  return [
    {
      label: 'Last good run',
      value: lastGoodAt === undefined ? 'None yet' : formatRelative(lastGoodAt, now),
      note: lastGoodAt === undefined ? 'nothing is safe so far' : formatMoment(lastGoodAt, now),
    },
    {
      label: 'Next run',
      value: !plan.enabled || nextRunAt === undefined ? 'By hand' : formatRelative(nextRunAt, now),
      note: !plan.enabled ? 'switched off' : nextRunAt === undefined ? 'no schedule' : formatMoment(nextRunAt, now),
    },
    {
      label: 'Protected',
      value: protectedBytes === undefined ? 'Unknown' : formatBytes(protectedBytes),
      note: 'in the newest snapshot',
    },
    { label: 'Good days', value: `${good.length} of ${ran.length}`, note: 'of the last 30 days' },
  ]
}

function Facts({ state: { plan } }: { readonly state: PlanState }) {
  const repositories = useSharedValue('repositories') ?? []
  const names = plan.destinations.map(
    ({ repositoryId }) =>
      repositories.find((each) => each.repository.id === repositoryId)?.repository.name ?? 'removed',
  )
  const retention = plan.destinations[0]?.retention ?? {}
  const kept = Object.entries(retention).map(([rule, count]) => `${count} ${rule}`)
  return (
    <section className="hf-card" style={{ padding: '12px 16px' }} aria-labelledby="plan-facts">
      <h2 id="plan-facts" className="hf-h4" style={{ marginBottom: 4 }}>
        What and where
      </h2>
      <ul className="hf-mono" style={{ overflowWrap: 'anywhere', marginBottom: 8 }}>
        {sourcePaths(plan.source).map((path) => (
          <li key={path}>{displayPath(path)}</li>
        ))}
      </ul>
      <p className="hf-sm hf-2">
        To {joinNames(names)}, {plan.options.cryptMode === 'encrypt' ? 'encrypted' : 'not encrypted'}.
      </p>
      <p className="hf-sm hf-2" style={{ marginTop: 4 }}>
        {kept.length === 0 ? 'Every snapshot is kept.' : `Keeps ${joinNames(kept, 8)}.`}
      </p>
    </section>
  )
}

function Actions({ state: { plan } }: { readonly state: PlanState }) {
  const { client, plans } = useApp()
  const navigate = useNavigate()
  const run = useCommand(async () => {
    const [job] = await client.plans.run({ id: plan.id })
    if (job !== undefined) await navigate(`/activity/${job.id}`)
  })
  const setEnabled = useCommand(async (enabled: boolean) => {
    await client.plans.setEnabled({ id: plan.id, enabled })
    plans.reload()
  })
  const remove = useCommand(async () => {
    const sure = await confirm({
      title: `Delete the plan ${plan.name}?`,
      children: 'Nothing is backed up by it any more. The snapshots it made stay where they are and can be restored.',
      confirm: 'Delete 1 plan',
    })
    if (!sure) return
    await client.plans.remove({ id: plan.id })
    plans.reload()
    await navigate('/plans')
  })
  return (
    <>
      <Button
        variant="filled"
        leftSection={<IconPlayerPlay size={16} stroke={1.75} aria-hidden />}
        loading={run.busy}
        onClick={() => run.run()}
      >
        Back up now
      </Button>
      <Button
        component={Link}
        to={`/plans/${plan.id}/edit`}
        leftSection={<IconPencil size={16} stroke={1.75} aria-hidden />}
      >
        Edit
      </Button>
      <Menu>
        <Menu.Target>
          <ActionIcon size={32} aria-label="More">
            <IconDots size={16} stroke={1.75} aria-hidden />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item
            leftSection={
              plan.enabled ? <IconPlayerPause size={16} aria-hidden /> : <IconPlayerPlay size={16} aria-hidden />
            }
            onClick={() => setEnabled.run(!plan.enabled)}
          >
            {plan.enabled ? 'Switch off' : 'Switch on'}
          </Menu.Item>
          <Menu.Item
            component={Link}
            to={`/plans/new?from=${plan.id}`}
            leftSection={<IconCopy size={16} aria-hidden />}
          >
            Duplicate
          </Menu.Item>
          <Menu.Item component={Link} to="/snapshots" leftSection={<IconHistory size={16} aria-hidden />}>
            Restore files
          </Menu.Item>
          <Menu.Divider />
          <Menu.Item className="hf-bad" leftSection={<IconTrash size={16} aria-hidden />} onClick={() => remove.run()}>
            Delete plan
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </>
  )
}
