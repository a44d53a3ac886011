import { Chip, NumberInput, Select, Switch, TextInput } from '@mantine/core'
import { TimePicker } from '@mantine/dates'
import type { Schedule } from '../../../src-shared/model/schedule.ts'
import { t } from '../../i18n/translate.ts'
import { weekdayName } from './schedule-words.ts'

const mondayFirst = [1, 2, 3, 4, 5, 6, 0] as const

interface FieldsProps {
  readonly schedule: Schedule
  readonly onChange: (schedule: Schedule) => void
}

/** The fields of a schedule, by its kind. */
export function ScheduleFields({ schedule, onChange }: FieldsProps) {
  switch (schedule.kind) {
    case 'manual':
      return <p className="hf-2">{t('plans.onlyWhenPressed')}</p>
    case 'daily':
      return (
        <div className="hf-row">
          {t('plans.everyDayAt')}
          <TimeOfDay
            label={t('plans.timeOfDay')}
            value={schedule.at}
            onChange={(at) => onChange({ ...schedule, at })}
          />
        </div>
      )
    case 'weekly':
      return (
        <>
          <div className="hf-row">
            {t('plans.weeklyAt')}
            <TimeOfDay
              label={t('plans.timeOfDay')}
              value={schedule.at}
              onChange={(at) => onChange({ ...schedule, at })}
            />
            {t('plans.weeklyOn')}
          </div>
          <Days days={schedule.days} onChange={(days) => onChange({ ...schedule, days })} />
        </>
      )
    case 'cron':
      return (
        <TextInput
          label={t('plans.cronExpression')}
          description={t('plans.cronHelp')}
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
        {t('plans.every')}
        <NumberInput
          w={72}
          aria-label={t('plans.howMany')}
          min={isHours ? 1 : 5}
          max={isHours ? 744 : 44_640}
          allowDecimal={false}
          value={schedule.everyMinutes / unit}
          onChange={(n) => typeof n === 'number' && n > 0 && onChange({ ...schedule, everyMinutes: n * unit })}
        />
        <Select
          w={104}
          aria-label={t('plans.hoursOrMinutes')}
          data={[
            { value: '60', label: t('plans.hours') },
            { value: '1', label: t('plans.minutes') },
          ]}
          value={String(unit)}
          onChange={(next) => onChange({ ...schedule, everyMinutes: next === '60' ? 60 : 30 })}
        />
        {between !== undefined && (
          <>
            {t('plans.from')}
            <TimeOfDay
              label={t('plans.fromLabel')}
              value={between.from}
              onChange={(from) => onChange({ ...schedule, between: { ...between, from } })}
            />
            {t('plans.to')}
            <TimeOfDay
              label={t('plans.toLabel')}
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
        label={t('plans.onlyCertain')}
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

/** A time of day, hours and minutes. */
export function TimeOfDay(props: {
  readonly label: string
  readonly value: string
  readonly onChange: (time: string) => void
}) {
  return (
    <TimePicker
      size="sm"
      aria-label={props.label}
      hoursInputLabel={t('plans.hoursOf', { label: props.label })}
      minutesInputLabel={t('plans.minutesOf', { label: props.label })}
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
            {weekdayName(day)}
          </Chip>
        ))}
      </div>
    </Chip.Group>
  )
}
