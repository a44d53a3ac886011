import { NumberInput } from '@mantine/core'
import { useMemo } from 'react'
import type { PruneRule } from '../../../src-shared/model/prune.ts'
import type { Retention } from '../../../src-shared/model/retention.ts'
import { formatCount, formatCounted } from '../../ui/format.ts'
import { useNow } from '../../ui/use-now.ts'
import { capitalise } from '../../ui/words.ts'
import { type KeepPicture, keepPicture } from './keep-picture.ts'
import { StepFrame, type StepProps } from './StepFrame.tsx'

const rules: readonly PruneRule[] = ['last', 'hourly', 'daily', 'weekly', 'monthly', 'yearly']
const DAY_S = 86_400
const marks: readonly (readonly [string, number])[] = [
  ['1 year', 365],
  ['3 months', 91],
  ['1 month', 30],
  ['2 weeks', 14],
  ['1 week', 7],
  ['3 days', 3],
  ['1 day', 1],
]

/** How many to keep, and a picture of which ones that leaves a year from now. The same for every destination. */
export function StepKeep({ draft, change, problem }: StepProps) {
  const now = useNow()
  const retention = draft.destinations[0]?.retention ?? {}
  const day = Math.floor(now / 1000 / DAY_S)
  // biome-ignore lint/correctness/useExhaustiveDependencies: the picture changes by the day, not with every tick
  const picture = useMemo(() => keepPicture(draft.schedule, retention, now), [draft.schedule, retention, day])
  const set = (rule: PruneRule, count: number | string) => {
    const { [rule]: _, ...rest } = retention
    const next: Retention = typeof count === 'number' && count > 0 ? { ...rest, [rule]: count } : rest
    change({ destinations: draft.destinations.map((each) => ({ ...each, retention: next })) })
  }
  return (
    <StepFrame
      id="keep"
      number={4}
      title="What to keep"
      problem={problem}
      actions={
        picture !== undefined && (
          <span className="hf-sm hf-2 hf-num">
            A year from now: {formatCount(picture.kept.length)} of {formatCounted(picture.runs, 'snapshot')}
          </span>
        )
      }
    >
      <div className="hf-keep">
        {rules.map((rule) => (
          <NumberInput
            key={rule}
            label={capitalise(rule)}
            placeholder="None"
            min={0}
            max={10_000}
            allowDecimal={false}
            disabled={draft.destinations.length === 0}
            value={retention[rule] ?? ''}
            onChange={(count) => set(rule, count)}
          />
        ))}
      </div>
      {Object.keys(retention).length === 0 && (
        <p className="hf-sm hf-2" style={{ marginTop: 12 }}>
          Without a number every snapshot is kept.
        </p>
      )}
      {picture !== undefined && <Picture picture={picture} />}
    </StepFrame>
  )
}

/** Age on a logarithmic scale from a year ago to now; one line a rule. */
function Picture({ picture }: { readonly picture: KeepPicture }) {
  const left = (days: number) => `${100 - (Math.log1p(days * 4) / Math.log1p(365 * 4)) * 100}%`
  const label = rules
    .map((rule) => [rule, picture.kept.filter((each) => each.rule === rule).length] as const)
    .filter(([, count]) => count > 0)
    .map(([rule, count]) => `${count} ${rule}`)
    .join(', ')
  return (
    <figure style={{ margin: '16px 0 0', display: 'flex', gap: 12 }} aria-label={`A year from now: ${label}`}>
      <div className="hf-xs hf-2" style={{ width: 44, flex: 'none' }} aria-hidden>
        {rules.map((rule) => (
          <div key={rule} style={{ height: 14, lineHeight: '14px' }}>
            {rule}
          </div>
        ))}
      </div>
      <div className="hf-grow" aria-hidden>
        <div style={{ position: 'relative', height: 84 }}>
          {rules.map((rule, row) => (
            <div
              key={rule}
              style={{
                position: 'absolute',
                top: row * 14 + 7,
                left: 0,
                right: 0,
                height: 1,
                background: 'var(--hf-border)',
              }}
            />
          ))}
          {picture.kept.map(({ age, rule }) => (
            <span
              key={`${rule}${age}`}
              style={{
                position: 'absolute',
                left: left(age / DAY_S),
                top: rules.indexOf(rule) * 14 + 2,
                width: 3,
                height: 10,
                marginLeft: -1,
                borderRadius: 1,
                background: 'var(--hf-data-1)',
              }}
            />
          ))}
        </div>
        <div className="hf-xs hf-3" style={{ position: 'relative', height: 16, marginTop: 4 }}>
          {marks.map(([name, days]) => (
            <span
              key={name}
              style={{
                position: 'absolute',
                left: left(days),
                whiteSpace: 'nowrap',
                transform: days === 365 ? 'none' : 'translateX(-50%)',
              }}
            >
              {name}
            </span>
          ))}
          <span style={{ position: 'absolute', right: 0 }}>now</span>
        </div>
      </div>
    </figure>
  )
}
