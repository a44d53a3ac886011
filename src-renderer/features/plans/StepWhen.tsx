import { Chip, NumberInput, SegmentedControl, Select, Switch, TextInput } from '@mantine/core'
import { TimePicker } from '@mantine/dates'
import { useDebouncedValue } from '@mantine/hooks'
import type { PlanDraft } from '../../../src-shared/model/plan.ts'
import type { Schedule } from '../../../src-shared/model/schedule.ts'
import { useSharedValue } from '../../state/use-app.tsx'
import { useQuery } from '../../state/use-query.ts'
import { formatMoment, formatRelative } from '../../ui/format.ts'
import { useNow } from '../../ui/use-now.ts'
import { capitalise } from '../../ui/words.ts'
import { StepFrame, type StepProps } from './PlanEditor.tsx'
import { type ScheduleKind, scheduleOfKind } from './schedule-kind.ts'

const kinds: { value: ScheduleKind; label: string }[] = [
  { value: 'manual', label: 'By hand' },
  { value: 'interval', label: 'Every few hours' },
  { value: 'daily', label: 'Daily' },
  { value: 'weekly', label: 'Weekly' },
  { value: 'cron', label: 'Cron' },
]
const weekdays = ['Su', 'Mo', 'Tu', 'We', 'Th', 'Fr', 'Sa'] as const
const mondayFirst = [1, 2, 3, 4, 5, 6, 0] as const

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
          <Fields schedule={schedule} onChange={(next) => change({ schedule: next })} />
          <Conditions draft={draft} change={change} />
        </div>
        <NextRuns schedule={schedule} />
      </div>
    </StepFrame>
  )
}

interface FieldsProps {
  readonly schedule: Schedule
  readonly onChange: (schedule: Schedule) => void
}

function Fields({ schedule, onChange }: FieldsProps) {
  switch (schedule.kind) {
    case 'manual':
      return <p className="hf-2">It runs only when you press Back up now.</p>
    case 'daily':
      return (
        <div className="hf-row">
          Every day at
          <Time label="Time of day" value={schedule.at} onChange={(at) => onChange({ ...schedule, at })} />
        </div>
      )
    case 'weekly':
      return (
        <>
          <div className="hf-row">
            At
            <Time label="Time of day" value={schedule.at} onChange={(at) => onChange({ ...schedule, at })} />
            on
          </div>
          <Days days={schedule.days} onChange={(days) => onChange({ ...schedule, days })} />
        </>
      )
    case 'cron':
      return (
        <TextInput
          label="Cron expression"
          description="Minute, hour, day of month, month, day of week."
          classNames={{ input: 'hf-mono' }}
          value={schedule.expression}
          onChange={(event) => onChange({ ...schedule, expression: event.currentTarget.value })}
        />
      )
    case 'interval':
      return <IntervalFields schedule={schedule} onChange={onChange} />
  }
}

interface IntervalFieldsProps {
  readonly schedule: Extract<Schedule, { kind: 'interval' }>
  readonly onChange: (schedule: Schedule) => void
}

function IntervalFields({ schedule, onChange }: IntervalFieldsProps) {
  const { between: _, days: __, ...always } = schedule
  const isHours = schedule.everyMinutes % 60 === 0
  const unit = isHours ? 60 : 1
  const between = schedule.between
  return (
    <>
      <div className="hf-row" style={{ flexWrap: 'wrap' }}>
        Every
        <NumberInput
          w={72}
          aria-label="How many"
          min={isHours ? 1 : 5}
          max={isHours ? 744 : 44_640}
          allowDecimal={false}
          value={schedule.everyMinutes / unit}
          onChange={(n) => typeof n === 'number' && n > 0 && onChange({ ...schedule, everyMinutes: n * unit })}
        />
        <Select
          w={104}
          aria-label="Hours or minutes"
          data={[
            { value: '60', label: 'hours' },
            { value: '1', label: 'minutes' },
          ]}
          value={String(unit)}
          onChange={(next) => onChange({ ...schedule, everyMinutes: next === '60' ? 60 : 30 })}
        />
        {between !== undefined && (
          <>
            from
            <Time
              label="From"
              value={between.from}
              onChange={(from) => onChange({ ...schedule, between: { ...between, from } })}
            />
            to
            <Time
              label="To"
              value={between.to}
              onChange={(to) => onChange({ ...schedule, between: { ...between, to } })}
            />
          </>
        )}
      </div>
      {schedule.days !== undefined && (
        <Days days={schedule.days} onChange={(days) => onChange({ ...schedule, days })} />
      )}
      <Switch
        mt={12}
        label="Only at certain hours and days"
        checked={between !== undefined}
        onChange={(event) =>
          onChange(
            event.currentTarget.checked
              ? { ...schedule, between: { from: '09:00', to: '19:00' }, days: [1, 2, 3, 4, 5] }
              : always,
          )
        }
      />
    </>
  )
}

function Time(props: { readonly label: string; readonly value: string; readonly onChange: (time: string) => void }) {
  return (
    <TimePicker
      size="sm"
      aria-label={props.label}
      hoursInputLabel={`${props.label}, hours`}
      minutesInputLabel={`${props.label}, minutes`}
      value={props.value}
      onChange={(time) => /^\d\d:\d\d/.test(time) && props.onChange(time.slice(0, 5))}
    />
  )
}

function Days({ days, onChange }: { readonly days: readonly number[]; readonly onChange: (days: number[]) => void }) {
  return (
    <Chip.Group multiple value={days.map(String)} onChange={(next) => next.length > 0 && onChange(next.map(Number))}>
      <div className="hf-row" style={{ gap: 4, marginTop: 8 }}>
        {mondayFirst.map((day) => (
          <Chip key={day} value={String(day)} size="xs" radius="sm" variant="light">
            {weekdays[day]}
          </Chip>
        ))}
      </div>
    </Chip.Group>
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
            <Time
              label="Quiet from"
              value={quietHours.from}
              onChange={(from) => set({ quietHours: { ...quietHours, from } })}
            />
            <Time
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
