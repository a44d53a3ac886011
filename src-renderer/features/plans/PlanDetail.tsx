import { Button, Menu } from '@mantine/core'
import {
  IconCopy,
  IconFileExport,
  IconHistory,
  IconPencil,
  IconPlayerPause,
  IconPlayerPlay,
  IconTrash,
} from '@tabler/icons-react'
import { Link, useNavigate } from 'react-router'
import type { PlanState } from '../../../src-shared/contract/plans.ts'
import { displayPath } from '../../../src-shared/model/path-text.ts'
import type { Plan } from '../../../src-shared/model/plan.ts'
import { sourcePaths } from '../../../src-shared/model/source.ts'
import { translateFailure } from '../../i18n/said.ts'
import { t } from '../../i18n/translate.ts'
import { useApp, useSharedValue } from '../../state/use-app.tsx'
import { useCommand } from '../../state/use-command.ts'
import { useQuery } from '../../state/use-query.ts'
import { CopyCommand } from '../../ui/CopyCommand.tsx'
import { confirm } from '../../ui/confirm.tsx'
import { DayLegend, DayStrip } from '../../ui/DayStrip.tsx'
import { ErrorState } from '../../ui/ErrorState.tsx'
import { type Figure, Figures } from '../../ui/Figures.tsx'
import { formatAgo, formatBytes, formatMoment, formatRelative } from '../../ui/format.ts'
import { MoreMenu } from '../../ui/MoreMenu.tsx'
import { PageHeader } from '../../ui/PageHeader.tsx'
import { Status } from '../../ui/Status.tsx'
import { useNow } from '../../ui/use-now.ts'
import { capitalise, joinNames } from '../../ui/words.ts'
import { draftOf } from './draft.ts'
import { PlanProof } from './PlanProof.tsx'
import { PlanRuns } from './PlanRuns.tsx'
import { savePlan } from './plan-file.ts'
import { SizeTrend } from './SizeTrend.tsx'
import { retentionWords, scheduleWords } from './schedule-words.ts'
import { sourceForm } from './source-kinds.tsx'

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
        sub={<span>{scheduleWords(plan.schedule)}.</span>}
        actions={<Actions state={state} />}
      />
      <div className="hf-scroll">
        <div style={{ padding: '0 24px 16px' }}>
          {state.health === 'failed' && state.lastError !== undefined && (
            <ErrorState
              failure={{
                code: t('plans.lastRun'),
                message: translateFailure(state.lastError),
                hint:
                  state.lastGoodAt === undefined
                    ? undefined
                    : t('plans.lastGoodCopy', { when: formatMoment(state.lastGoodAt, now) }),
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
                  {t('plans.last30Days')}
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
                {t('plans.nextRuns')}
              </h2>
              {!plan.enabled ? (
                <p className="hf-sm hf-2">{t('plans.noneSwitchedOff')}</p>
              ) : next.state === 'ready' && next.value.runs.length === 0 ? (
                <p className="hf-sm hf-2">{t('plans.noneByHand')}</p>
              ) : (
                next.state === 'ready' &&
                next.value.runs.map((at) => (
                  <div key={at} className="hf-row hf-between hf-num" style={{ height: 24 }}>
                    <span>{capitalise(formatMoment(at, now))}</span>
                    <span className="hf-sm hf-3">{formatRelative(at, now)}</span>
                  </div>
                ))
              )}
              {plan.enabled && plan.schedule.kind !== 'manual' && (
                <p className="hf-sm hf-3" style={{ marginTop: 4 }}>
                  {t('plans.timeZone', { zone: plan.schedule.timeZone })}
                </p>
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
      label: t('plans.lastGoodRun'),
      value: lastGoodAt === undefined ? t('plans.noneYet') : formatAgo(lastGoodAt, now),
      note: lastGoodAt === undefined ? t('plans.nothingSafe') : formatMoment(lastGoodAt, now),
    },
    {
      label: t('plans.nextRun'),
      value: !plan.enabled || nextRunAt === undefined ? t('common.byHand') : formatRelative(nextRunAt, now),
      note: !plan.enabled
        ? t('plans.switchedOffNote')
        : nextRunAt === undefined
          ? t('plans.noSchedule')
          : formatMoment(nextRunAt, now),
    },
    {
      label: t('plans.protected'),
      value: protectedBytes === undefined ? t('plans.unknown') : formatBytes(protectedBytes),
      note: t('plans.inNewest'),
    },
    {
      label: t('plans.goodDays'),
      value: t('plans.ofDays', { good: good.length, all: ran.length }),
      note: t('plans.ofLast30'),
    },
  ]
}

function Facts({ state: { plan } }: { readonly state: PlanState }) {
  const repositories = useSharedValue('repositories') ?? []
  const names = plan.destinations.map(
    ({ repositoryId }) =>
      repositories.find((each) => each.repository.id === repositoryId)?.repository.name ?? t('plans.removed'),
  )
  const words = { names: joinNames(names) }
  const source = sourceForm(plan.source)?.words
  return (
    <section className="hf-card" style={{ padding: '12px 16px' }} aria-labelledby="plan-facts">
      <h2 id="plan-facts" className="hf-h4" style={{ marginBottom: 4 }}>
        {t('plans.whatAndWhere')}
      </h2>
      <ul className="hf-mono" style={{ overflowWrap: 'anywhere', marginBottom: 8 }}>
        {sourcePaths(plan.source).map((path) => (
          <li key={path}>{displayPath(path)}</li>
        ))}
      </ul>
      {source !== undefined && (
        <p style={{ overflowWrap: 'anywhere', marginBottom: 8 }}>
          {source.title}. {source.text}
        </p>
      )}
      <p className="hf-sm hf-2">
        {plan.options.cryptMode === 'encrypt' ? t('plans.factsEncrypted', words) : t('plans.factsPlain', words)}
      </p>
      {keptWords(plan, names).map((sentence) => (
        <p key={sentence} className="hf-sm hf-2" style={{ marginTop: 4 }}>
          {sentence}
        </p>
      ))}
    </section>
  )
}

/** What stays; one sentence when it is the same everywhere, else one a destination. */
function keptWords({ destinations }: Plan, names: readonly string[]): readonly string[] {
  const rules = destinations.map(({ retention }) => joinNames(retentionWords(retention), 8))
  if (new Set(rules).size === 1) {
    return [rules[0] ? t('plans.keeps', { rules: rules[0] }) : t('plans.everySnapshotKept')]
  }
  return rules.map((kept, at) => {
    const name = names[at] ?? ''
    return kept === '' ? t('plans.keepsAllIn', { name }) : t('plans.keepsIn', { name, rules: kept })
  })
}

function Actions({ state: { plan } }: { readonly state: PlanState }) {
  const { client, plans } = useApp()
  const repositories = useSharedValue('repositories')
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
      title: t('plans.deleteThis', { name: plan.name }),
      children: t('plans.deleteText'),
      confirm: t('plans.deleteOne'),
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
        {t('common.backUpNow')}
      </Button>
      <Button
        component={Link}
        to={`/plans/${plan.id}/edit`}
        leftSection={<IconPencil size={16} stroke={1.75} aria-hidden />}
      >
        {t('plans.edit')}
      </Button>
      <MoreMenu isInHead>
        <Menu.Item
          leftSection={
            plan.enabled ? <IconPlayerPause size={16} aria-hidden /> : <IconPlayerPlay size={16} aria-hidden />
          }
          onClick={() => setEnabled.run(!plan.enabled)}
        >
          {plan.enabled ? t('plans.switchOff') : t('plans.switchOn')}
        </Menu.Item>
        <Menu.Item component={Link} to={`/plans/new?from=${plan.id}`} leftSection={<IconCopy size={16} aria-hidden />}>
          {t('plans.duplicate')}
        </Menu.Item>
        <Menu.Item
          leftSection={<IconFileExport size={16} aria-hidden />}
          onClick={() => savePlan(plan, repositories ?? [])}
        >
          {t('plans.exportPlan')}
        </Menu.Item>
        <Menu.Item component={Link} to="/snapshots" leftSection={<IconHistory size={16} aria-hidden />}>
          {t('common.restoreFiles')}
        </Menu.Item>
        <Menu.Divider />
        <Menu.Item className="hf-bad" leftSection={<IconTrash size={16} aria-hidden />} onClick={() => remove.run()}>
          {t('plans.deletePlan')}
        </Menu.Item>
      </MoreMenu>
    </>
  )
}
