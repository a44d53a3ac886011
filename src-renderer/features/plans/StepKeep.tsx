import { NumberInput, SegmentedControl, Switch } from '@mantine/core'
import { useMemo, useState } from 'react'
import type { PruneRule } from '../../../src-shared/model/prune.ts'
import type { Retention } from '../../../src-shared/model/retention.ts'
import { t } from '../../i18n/translate.ts'
import { useSharedValue } from '../../state/use-app.tsx'
import { formatCount, formatCounted } from '../../ui/format.ts'
import { useNow } from '../../ui/use-now.ts'
import { type KeepPicture, keepPicture, pruneRules } from './keep-picture.ts'
import { StepFrame, type StepProps } from './StepFrame.tsx'

const DAY_S = 86_400
const marks = [
  ['plans.mark1Year', 365],
  ['plans.mark3Months', 91],
  ['plans.mark1Month', 30],
  ['plans.mark2Weeks', 14],
  ['plans.mark1Week', 7],
  ['plans.mark3Days', 3],
  ['plans.mark1Day', 1],
] as const

/** How many to keep, the same everywhere or for each destination on its own, and a picture of what that leaves. */
export function StepKeep({ draft, change, problem }: StepProps) {
  const now = useNow()
  const { destinations } = draft
  const [isApart, setApart] = useState(
    () => new Set(destinations.map((each) => JSON.stringify(each.retention))).size > 1,
  )
  const [chosen, setChosen] = useState<string>()
  const shown = (isApart && destinations.find((each) => each.repositoryId === chosen)) || destinations[0]
  const retention = shown?.retention ?? {}
  const day = Math.floor(now / 1000 / DAY_S)
  // biome-ignore lint/correctness/useExhaustiveDependencies: the picture changes by the day, not with every tick
  const picture = useMemo(() => keepPicture(draft.schedule, retention, now), [draft.schedule, retention, day])
  const setAll = (next: Retention, isFor: (repositoryId: string) => boolean) =>
    change({
      destinations: destinations.map((each) => (isFor(each.repositoryId) ? { ...each, retention: next } : each)),
    })
  const set = (rule: PruneRule, count: number | string) => {
    const { [rule]: _, ...rest } = retention
    const next: Retention = typeof count === 'number' && count > 0 ? { ...rest, [rule]: count } : rest
    setAll(next, (repositoryId) => !isApart || repositoryId === shown?.repositoryId)
  }
  return (
    <StepFrame
      id="keep"
      number={4}
      title={t('plans.keep')}
      problem={problem}
      actions={
        picture !== undefined && (
          <span className="hf-sm hf-2 hf-num">
            {t('plans.yearFromNow', {
              kept: formatCount(picture.kept.length),
              snapshots: formatCounted(picture.runs, 'snapshot'),
            })}
          </span>
        )
      }
    >
      {destinations.length > 1 && (
        <div className="hf-row" style={{ gap: 16, minHeight: 28, marginBottom: 12 }}>
          <Switch
            label={t('plans.sameEverywhere')}
            checked={!isApart}
            onChange={({ currentTarget: { checked } }) => {
              setApart(!checked)
              if (checked) setAll(retention, () => true)
            }}
          />
          {isApart && shown !== undefined && (
            <WhichDestination
              ids={destinations.map((each) => each.repositoryId)}
              chosen={shown.repositoryId}
              onChoose={setChosen}
            />
          )}
        </div>
      )}
      <div className="hf-keep">
        {pruneRules.map((rule) => (
          <NumberInput
            key={rule}
            label={t(`ui.rule_${rule}`)}
            placeholder={t('common.none')}
            min={0}
            max={10_000}
            allowDecimal={false}
            disabled={destinations.length === 0}
            value={retention[rule] ?? ''}
            onChange={(count) => set(rule, count)}
          />
        ))}
      </div>
      {Object.keys(retention).length === 0 && (
        <p className="hf-sm hf-2" style={{ marginTop: 12 }}>
          {t('plans.allKept')}
        </p>
      )}
      {picture !== undefined && <Picture picture={picture} />}
    </StepFrame>
  )
}

interface WhichDestinationProps {
  readonly ids: readonly string[]
  readonly chosen: string
  readonly onChoose: (id: string) => void
}

function WhichDestination({ ids, chosen, onChoose }: WhichDestinationProps) {
  const repositories = useSharedValue('repositories') ?? []
  const name = (id: string) =>
    repositories.find(({ repository }) => repository.id === id)?.repository.name ?? t('plans.removed')
  return (
    <SegmentedControl
      aria-label={t('plans.keepIn', { name: name(chosen) })}
      data={ids.map((id) => ({ value: id, label: name(id) }))}
      value={chosen}
      onChange={onChoose}
    />
  )
}

/** Age on a logarithmic scale from a year ago to now; one line a rule. */
function Picture({ picture }: { readonly picture: KeepPicture }) {
  const left = (days: number) => `${100 - (Math.log1p(days * 4) / Math.log1p(365 * 4)) * 100}%`
  const label = pruneRules
    .map((rule) => [rule, picture.kept.filter((each) => each.rule === rule).length] as const)
    .filter(([, count]) => count > 0)
    .map(([rule, n]) => t(`ui.ruleCount_${rule}`, { n }))
    .join(', ')
  return (
    <figure
      style={{ margin: '16px 0 0', display: 'flex', gap: 12 }}
      aria-label={t('plans.yearFromNowRules', { rules: label })}
    >
      <div className="hf-xs hf-2" style={{ width: 72, flex: 'none' }} aria-hidden>
        {pruneRules.map((rule) => (
          <div key={rule} style={{ height: 14, lineHeight: '14px' }}>
            {t(`ui.rule_${rule}`)}
          </div>
        ))}
      </div>
      <div className="hf-grow" aria-hidden>
        <div style={{ position: 'relative', height: 84 }}>
          {pruneRules.map((rule, row) => (
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
                top: pruneRules.indexOf(rule) * 14 + 2,
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
              {t(name)}
            </span>
          ))}
          <span style={{ position: 'absolute', right: 0 }}>{t('plans.now')}</span>
        </div>
      </div>
    </figure>
  )
}
