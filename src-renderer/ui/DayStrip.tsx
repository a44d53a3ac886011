import type { DayResult } from '../../src-shared/contract/plans.ts'
import { t, type WordKey } from '../i18n/translate.ts'
import { dayWords, stripWords } from './day-words.ts'

type State = DayResult['state']

/** Good days are quiet and alike; every exception differs in shape as well as in colour. */
const marks: Record<State, { height: number; background: string; border?: string }> = {
  good: { height: 16, background: 'var(--hf-good-day)' },
  warnings: {
    height: 16,
    background: 'linear-gradient(var(--hf-warn-mark) 0 4px, transparent 4px 6px, var(--hf-warn-mark) 6px)',
  },
  failed: { height: 9, background: 'var(--hf-bad-mark)' },
  missed: { height: 16, background: 'transparent', border: 'inset 0 0 0 1px var(--hf-border-control)' },
  skipped: { height: 4, background: 'var(--hf-border-control)' },
  running: {
    height: 16,
    background: 'linear-gradient(transparent 0 50%, var(--hf-data-1) 50%)',
    border: 'inset 0 0 0 1px var(--hf-data-1)',
  },
  none: { height: 2, background: 'var(--hf-border-strong)' },
}

/** The last thirty days of a plan, oldest first. */
export function DayStrip({ days }: { readonly days: readonly DayResult[] }) {
  return (
    <div className="hf-strip" role="img" aria-label={stripWords(days)}>
      {days.map((day) => (
        <DayMark key={day.day} state={day.state} title={dayWords(day)} />
      ))}
    </div>
  )
}

export function DayMark({ state, title }: { readonly state: State; readonly title?: string }) {
  const { height, background, border } = marks[state]
  return <span className="hf-day" title={title} style={{ height, background, boxShadow: border ?? 'none' }} />
}

const legend = [
  ['good', 'ui.day_good'],
  ['warnings', 'ui.legendWarnings'],
  ['failed', 'ui.legendFailed'],
  ['missed', 'ui.day_missed'],
  ['skipped', 'ui.day_skipped'],
] as const satisfies readonly (readonly [State, WordKey])[]

/** What the marks mean. */
export function DayLegend() {
  return (
    <div className="hf-row" style={{ gap: '2px 12px', flexWrap: 'wrap', justifyContent: 'flex-end' }} aria-hidden>
      {legend.map(([state, word]) => (
        <span key={state} className="hf-key" style={{ alignItems: 'center' }}>
          <span style={{ display: 'flex', alignItems: 'flex-end', height: 12, transform: 'scaleY(0.75)' }}>
            <span style={{ display: 'flex', width: 4, alignItems: 'flex-end', height: 16 }}>
              <DayMark state={state} />
            </span>
          </span>
          {t(word)}
        </span>
      ))}
    </div>
  )
}
