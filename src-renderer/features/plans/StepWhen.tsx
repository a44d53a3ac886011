import { SegmentedControl, Select, Switch } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import type { PlanDraft } from '../../../src-shared/model/plan.ts'
import type { Schedule } from '../../../src-shared/model/schedule.ts'
import { translateFailure } from '../../i18n/said.ts'
import { t, type WordKey } from '../../i18n/translate.ts'
import { useSharedValue } from '../../state/use-app.tsx'
import { useQuery } from '../../state/use-query.ts'
import { formatMoment, formatRelative } from '../../ui/format.ts'
import { useNow } from '../../ui/use-now.ts'
import { capitalise } from '../../ui/words.ts'
import { ScheduleFields, TimeOfDay } from './ScheduleFields.tsx'
import { StepFrame, type StepProps } from './StepFrame.tsx'
import { type ScheduleKind, scheduleOfKind } from './schedule-kind.ts'

const kinds: readonly { readonly value: ScheduleKind; readonly label: WordKey }[] = [
  { value: 'manual', label: 'common.byHand' },
  { value: 'interval', label: 'plans.everyFewHours' },
  { value: 'daily', label: 'plans.daily' },
  { value: 'weekly', label: 'plans.weekly' },
  { value: 'cron', label: 'plans.cron' },
]

/** When it runs, what may hold it back, and the next five runs in words. */
export function StepWhen({ draft, change, problem }: StepProps) {
  const timeZone = useSharedValue('info')?.timeZone ?? 'UTC'
  const { schedule } = draft
  return (
    <StepFrame
      id="when"
      number={3}
      title={t('plans.when')}
      problem={problem}
      actions={
        <SegmentedControl
          aria-label={t('plans.kindOfSchedule')}
          data={kinds.map(({ value, label }) => ({ value, label: t(label) }))}
          value={schedule.kind}
          onChange={(kind) => change({ schedule: scheduleOfKind(kind as ScheduleKind, schedule, timeZone) })} // one of `kinds`
        />
      }
    >
      <div className="hf-when">
        <div>
          <ScheduleFields schedule={schedule} onChange={(next) => change({ schedule: next })} />
          {schedule.kind !== 'manual' && (
            <Select
              mt={12}
              w={280}
              label={t('plans.zone')}
              searchable
              limit={100}
              data={zonesWith(schedule.timeZone)}
              value={schedule.timeZone}
              onChange={(zone) => zone !== null && change({ schedule: { ...schedule, timeZone: zone } })}
            />
          )}
          <Conditions draft={draft} change={change} />
        </div>
        <NextRuns schedule={schedule} />
      </div>
    </StepFrame>
  )
}

/** All zones of this browser, and the one that is set even when it calls it by another name. */
function zonesWith(zone: string): string[] {
  const zones = Intl.supportedValuesOf('timeZone')
  return zones.includes(zone) ? zones : [zone, ...zones]
}

function Conditions({ draft, change }: Pick<StepProps, 'draft' | 'change'>) {
  const { conditions } = draft
  const power = useSharedValue('power')
  const set = (part: Partial<PlanDraft['conditions']>) => change({ conditions: { ...conditions, ...part } })
  const { quietHours, ...withoutQuiet } = conditions
  return (
    <div className="hf-conditions">
      <Switch
        label={t('plans.catchUp')}
        checked={conditions.catchUp}
        onChange={(event) => set({ catchUp: event.currentTarget.checked })}
      />
      <Switch
        label={t('plans.waitBattery')}
        checked={conditions.onBattery !== 'run'}
        onChange={(event) => set({ onBattery: event.currentTarget.checked ? 'skip-below-30' : 'run' })}
      />
      <Switch
        label={t('plans.waitMetered')}
        checked={conditions.onMetered === 'skip'}
        description={power !== undefined && power.metered === undefined ? t('plans.meteredUnknown') : undefined}
        onChange={(event) => set({ onMetered: event.currentTarget.checked ? 'skip' : 'run' })}
      />
      <Switch
        label={t('plans.wake')}
        checked={conditions.wake === true}
        description={power?.wake?.problem === undefined ? t('plans.wakeHelp') : translateFailure(power.wake.problem)}
        onChange={(event) => set({ wake: event.currentTarget.checked })}
      />
      <div className="hf-row">
        <Switch
          label={t('plans.quietHours')}
          checked={quietHours !== undefined}
          onChange={(event) =>
            change({
              conditions: event.currentTarget.checked
                ? { ...conditions, quietHours: { from: '22:00', to: '07:00' } }
                : withoutQuiet,
            })
          }
        />
        {quietHours !== undefined && (
          <>
            <TimeOfDay
              label={t('plans.quietFrom')}
              value={quietHours.from}
              onChange={(from) => set({ quietHours: { ...quietHours, from } })}
            />
            <TimeOfDay
              label={t('plans.quietTo')}
              value={quietHours.to}
              onChange={(to) => set({ quietHours: { ...quietHours, to } })}
            />
          </>
        )}
      </div>
    </div>
  )
}

function NextRuns({ schedule }: { readonly schedule: Schedule }) {
  const now = useNow()
  const [settled] = useDebouncedValue(schedule, 250)
  const next = useQuery(
    ['next-runs', JSON.stringify(settled)],
    (client, signal) => client.plans.nextRuns({ schedule: settled, count: 5 }, { signal }),
    { keep: true },
  )
  return (
    <section aria-label={t('plans.nextFive')}>
      <h3 className="hf-sm hf-med hf-2" style={{ marginBottom: 4 }}>
        {t('plans.nextFive')}
      </h3>
      {next.state === 'failed' && <p className="hf-sm hf-warn">{next.failure.hint ?? next.failure.message}</p>}
      {next.state === 'ready' && next.value.runs.length === 0 && <p className="hf-sm hf-2">{t('plans.noneByHand')}</p>}
      {next.state === 'ready' && (
        <ol>
          {next.value.runs.map((at) => (
            <li key={at} className="hf-row hf-between hf-num" style={{ height: 24 }}>
              <span className="hf-med">{capitalise(formatMoment(at, now))}</span>
              <span className="hf-sm hf-3">{formatRelative(at, now)}</span>
            </li>
          ))}
        </ol>
      )}
      {schedule.kind !== 'manual' && (
        <p className="hf-sm hf-3" style={{ marginTop: 8 }}>
          {t('plans.timeZone', { zone: schedule.timeZone })}
        </p>
      )}
    </section>
  )
}
