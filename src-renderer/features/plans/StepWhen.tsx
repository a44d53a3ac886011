import { SegmentedControl, Switch } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import type { PlanDraft } from '../../../src-shared/model/plan.ts'
import type { Schedule } from '../../../src-shared/model/schedule.ts'
import { useSharedValue } from '../../state/use-app.tsx'
import { useQuery } from '../../state/use-query.ts'
import { formatMoment, formatRelative } from '../../ui/format.ts'
import { useNow } from '../../ui/use-now.ts'
import { capitalise } from '../../ui/words.ts'
import { ScheduleFields, TimeOfDay } from './ScheduleFields.tsx'
import { StepFrame, type StepProps } from './StepFrame.tsx'
import { type ScheduleKind, scheduleOfKind } from './schedule-kind.ts'

const kinds: { value: ScheduleKind; label: string }[] = [
  { value: 'manual', label: 'By hand' },
  { value: 'interval', label: 'Every few hours' },
  { value: 'daily', label: 'Daily' },
  { value: 'weekly', label: 'Weekly' },
  { value: 'cron', label: 'Cron' },
]

/** When it runs, what may hold it back, and the next five runs in words. */
export function StepWhen({ draft, change, problem }: StepProps) {
  const timeZone = useSharedValue('info')?.timeZone ?? 'UTC'
  const { schedule } = draft
  return (
    <StepFrame
      id="when"
      number={3}
      title="When"
      problem={problem}
      actions={
        <SegmentedControl
          aria-label="Kind of schedule"
          data={kinds}
          value={schedule.kind}
          onChange={(kind) => change({ schedule: scheduleOfKind(kind as ScheduleKind, schedule, timeZone) })} // one of `kinds`
        />
      }
    >
      <div className="hf-when">
        <div>
          <ScheduleFields schedule={schedule} onChange={(next) => change({ schedule: next })} />
          <Conditions draft={draft} change={change} />
        </div>
        <NextRuns schedule={schedule} />
      </div>
    </StepFrame>
  )
}

function Conditions({ draft, change }: Pick<StepProps, 'draft' | 'change'>) {
  const { conditions } = draft
  const set = (part: Partial<PlanDraft['conditions']>) => change({ conditions: { ...conditions, ...part } })
  const { quietHours, ...withoutQuiet } = conditions
  return (
    <div className="hf-conditions">
      <Switch
        label="Catch up one missed run"
        checked={conditions.catchUp}
        onChange={(event) => set({ catchUp: event.currentTarget.checked })}
      />
      <Switch
        label="Wait below 30 % battery"
        checked={conditions.onBattery !== 'run'}
        onChange={(event) => set({ onBattery: event.currentTarget.checked ? 'skip-below-30' : 'run' })}
      />
      <Switch
        label="Wait on metered networks"
        checked={conditions.onMetered === 'skip'}
        onChange={(event) => set({ onMetered: event.currentTarget.checked ? 'skip' : 'run' })}
      />
      <div className="hf-row">
        <Switch
          label="Quiet hours"
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
              label="Quiet from"
              value={quietHours.from}
              onChange={(from) => set({ quietHours: { ...quietHours, from } })}
            />
            <TimeOfDay
              label="Quiet to"
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
    <section aria-label="Next five runs">
      <h3 className="hf-sm hf-med hf-2" style={{ marginBottom: 4 }}>
        Next five runs
      </h3>
      {next.state === 'failed' && <p className="hf-sm hf-warn">{next.failure.hint ?? next.failure.message}</p>}
      {next.state === 'ready' && next.value.runs.length === 0 && <p className="hf-sm hf-2">None; it runs by hand.</p>}
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
          Times are in {schedule.timeZone} and follow daylight saving.
        </p>
      )}
    </section>
  )
}
