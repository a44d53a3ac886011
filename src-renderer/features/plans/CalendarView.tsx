import './plans.css'
import { Calendar } from '@mantine/dates'
import { useState } from 'react'
import { Link } from 'react-router'
import type { CalendarEntry, DayResult, PlanState } from '../../../src-shared/contract/plans.ts'
import { translateFailure } from '../../i18n/said.ts'
import { t } from '../../i18n/translate.ts'
import { useSharedValue } from '../../state/use-app.tsx'
import { useQuery } from '../../state/use-query.ts'
import { DayLegend } from '../../ui/DayStrip.tsx'
import { formatCounted, formatDate, formatMonth, formatTime, formatWeekday } from '../../ui/format.ts'
import { PageHeader } from '../../ui/PageHeader.tsx'
import { QueryView } from '../../ui/QueryView.tsx'
import { useNow } from '../../ui/use-now.ts'
import { type CalendarDay, calendarDays, dayOf, monthWindow } from './calendar-days.ts'

/** A month of all plans: what ran and how it went, what is to come, and the runs of the chosen day. */
export function CalendarView() {
  const now = useNow()
  const plans = useSharedValue('plans') ?? []
  const [month, setMonth] = useState(() => dayOf(now))
  const [chosen, setChosen] = useState(() => dayOf(now))
  const { from, to } = monthWindow(month)
  const query = useQuery(['calendar', from], (client, signal) => client.plans.calendar({ from, to }, { signal }), {
    areas: ['plans'],
    keep: true,
  })
  return (
    <div className="hf-page">
      <PageHeader title={t('plans.calendar')} sub={<span>{t('plans.calendarHelp')}</span>} actions={<DayLegend />} />
      <QueryView query={query} onRetry={query.reload}>
        {(entries) => {
          const days = calendarDays(entries)
          return (
            <div className="hf-calendar">
              <div className="hf-card">
                <Calendar
                  fullWidth
                  highlightToday
                  weekendDays={[]}
                  maxLevel="month"
                  weekdayFormat={(day) => formatWeekday(noonOf(day), 'short')}
                  monthLabelFormat={(day) => formatMonth(noonOf(day), 'withYear')}
                  date={month}
                  onDateChange={setMonth}
                  classNames={{ day: 'hf-calendar-day', weekday: 'hf-calendar-weekday', monthRow: 'hf-calendar-week' }}
                  getDayProps={(day) => ({
                    selected: day === chosen,
                    onClick: () => setChosen(day),
                    'aria-label': dayLabel(day, days.get(day)),
                  })}
                  renderDay={(day) => <DayCell day={day} found={days.get(day)} />}
                  ariaLabels={{ nextMonth: t('plans.nextMonth'), previousMonth: t('plans.previousMonth') }}
                />
              </div>
              <section className="hf-card hf-calendar-runs" aria-label={t('plans.runsOf', { day: dayName(chosen) })}>
                <h2 className="hf-h4">{dayName(chosen)}</h2>
                <DayRuns entries={days.get(chosen)?.entries ?? []} plans={plans} />
              </section>
            </div>
          )
        }}
      </QueryView>
    </div>
  )
}

/** The number of the day, a mark for each way its runs went, and how many are to come. */
function DayCell({ day, found }: { readonly day: string; readonly found: CalendarDay | undefined }) {
  return (
    <span className="hf-calendar-cell" aria-hidden>
      <span className="hf-num">{Number(day.slice(8))}</span>
      {found !== undefined && (
        <span className="hf-row" style={{ gap: 2, minHeight: 16 }}>
          {[...found.past].map(([state, n]) => (
            <span key={state} className="hf-calendar-mark" data-state={state}>
              {n}
            </span>
          ))}
          {found.planned > 0 && (
            <span className="hf-calendar-mark" data-state="planned">
              {found.planned}
            </span>
          )}
        </span>
      )}
    </span>
  )
}

interface DayRunsProps {
  readonly entries: readonly CalendarEntry[]
  readonly plans: readonly PlanState[]
}

function DayRuns({ entries, plans }: DayRunsProps) {
  if (entries.length === 0) return <p className="hf-sm hf-2">{t('plans.noRunsThatDay')}</p>
  return (
    <ol>
      {entries.map((entry) => {
        const name = plans.find(({ plan }) => plan.id === entry.planId)?.plan.name ?? ''
        return (
          <li key={`${entry.planId} ${entry.at} ${entry.jobId}`} className="hf-row hf-calendar-run">
            <span className="hf-num hf-med">{formatTime(entry.at)}</span>
            <span className="hf-grow hf-ell">
              <Link to={entry.jobId === undefined ? `/plans/${entry.planId}` : `/activity/${entry.jobId}`}>{name}</Link>
              {entry.reason !== undefined && (
                <span className="hf-sm hf-2 hf-ell" style={{ display: 'block' }}>
                  {translateFailure(entry.reason)}
                </span>
              )}
            </span>
            <span className="hf-sm hf-2">
              {entry.kind === 'planned' ? t('plans.planned') : t(`ui.day_${entry.state}`)}
            </span>
          </li>
        )
      })}
    </ol>
  )
}

function dayName(day: string): string {
  const at = noonOf(day)
  return formatDate(at, at)
}

function noonOf(day: string): number {
  return new Date(`${day.slice(0, 10)}T12:00:00`).getTime()
}

/** `3 June: 2 good, 1 failed, 4 runs planned`. */
function dayLabel(day: string, found: CalendarDay | undefined): string {
  const past = [...(found?.past ?? [])].map(
    ([state, n]: [DayResult['state'], number]) => `${n} ${t(`ui.day_${state}`)}`,
  )
  const planned = found === undefined || found.planned === 0 ? [] : [plannedWords(found.planned)]
  const what = [...past, ...planned].join(', ')
  return t('plans.dayLabel', { day: dayName(day), what: what === '' ? t('ui.noRuns') : what })
}

function plannedWords(n: number): string {
  return t('plans.runsPlanned', { runs: formatCounted(n, 'run') })
}
