import { Button, NumberInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { modals } from '@mantine/modals'
import { IconScissors } from '@tabler/icons-react'
import { useEffect, useRef } from 'react'
import { useLocation, useNavigate } from 'react-router'
import type { RepositoryId } from '../../../src-shared/model/ids.ts'
import type { Retention } from '../../../src-shared/model/retention.ts'
import { t } from '../../i18n/translate.ts'
import { useClient } from '../../state/use-app.tsx'
import { useCommand } from '../../state/use-command.ts'
import { useQuery } from '../../state/use-query.ts'
import { useRemembered } from '../../state/use-remembered.ts'
import { confirm } from '../../ui/confirm.tsx'
import { formatCount, formatCounted, formatMoment } from '../../ui/format.ts'
import { QueryView } from '../../ui/QueryView.tsx'
import { useNow } from '../../ui/use-now.ts'
import { byMonth, type PruneEntry, totals } from './prune-histogram.ts'
import { WouldFree } from './WouldFree.tsx'

const rules = ['last', 'hourly', 'daily', 'weekly', 'monthly', 'yearly'] as const
const reasons = [...rules, 'partial'] as const
const START: Retention = { last: 6, hourly: 24, daily: 14, weekly: 8, monthly: 12, yearly: 3 }

/** What a prune by these rules would remove, before anything is. Hatched is what goes. */
export function PruneSimulation({ id, name }: { readonly id: RepositoryId; readonly name: string }) {
  const section = useRef<HTMLElement>(null)
  const { hash } = useLocation()
  useEffect(() => {
    if (hash === '#prune') section.current?.scrollIntoView({ block: 'nearest' })
  }, [hash])
  const [retention, setRetention] = useRemembered<Retention>(`prune:${id}`, START)
  const [settled] = useDebouncedValue(retention, 300)
  const simulation = useQuery(
    ['prune', id, JSON.stringify(settled)],
    (client, signal) => client.repositories.simulatePrune({ repositoryId: id, retention: settled }, { signal }),
    { areas: ['snapshots'], keep: true },
  )
  return (
    <section className="hf-card hf-sec" aria-labelledby="prune" ref={section}>
      <h2 id="prune" className="hf-h4" style={{ marginBottom: 8 }}>
        {t('repositories.pruneSimulation')}
      </h2>
      <div style={{ display: 'grid', gridTemplateColumns: 'repeat(6, minmax(0, 1fr))', gap: 4 }}>
        {rules.map((rule) => (
          <NumberInput
            key={rule}
            label={t(`ui.rule_${rule}`)}
            hideControls
            min={0}
            max={10_000}
            allowDecimal={false}
            placeholder="–"
            value={retention[rule] ?? ''}
            onChange={(count) => {
              const { [rule]: _, ...rest } = retention
              setRetention(typeof count === 'number' && count > 0 ? { ...rest, [rule]: count } : rest)
            }}
          />
        ))}
      </div>
      <div style={{ marginTop: 12 }}>
        <QueryView query={simulation} onRetry={simulation.reload}>
          {({ entries }) => <Outcome id={id} name={name} entries={entries} retention={settled} />}
        </QueryView>
      </div>
    </section>
  )
}

interface OutcomeProps {
  readonly id: RepositoryId
  readonly name: string
  readonly entries: readonly PruneEntry[]
  readonly retention: Retention
}

function Outcome({ id, name, entries, retention }: OutcomeProps) {
  const client = useClient()
  const navigate = useNavigate()
  const { stay, go, pinned } = totals(entries)
  const months = byMonth(entries)
  const most = Math.max(1, ...months.map((month) => month.stay + month.go))
  const prune = useCommand(async () => {
    const sure = await confirm({
      title: t('repositories.pruneThis', { snapshots: formatCounted(go, 'snapshot'), name }),
      children: t('repositories.pruneText', { stay: formatCount(stay) }),
      confirm: t('repositories.prune', { snapshots: formatCounted(go, 'snapshot') }),
    })
    if (sure) await navigate(`/activity/${(await client.repositories.prune({ repositoryId: id, retention })).id}`)
  })
  if (entries.length === 0) return <p className="hf-sm hf-2">{t('repositories.nothingToJudge')}</p>
  return (
    <>
      <p>
        {go === 0
          ? t('repositories.allStay')
          : t('repositories.wouldGo', { n: formatCount(go), snapshots: formatCounted(entries.length, 'snapshot') })}
      </p>
      <WouldFree id={id} snapshots={entries.filter(isGoing).map(({ snapshot }) => snapshot)} />
      <div
        className="hf-histogram"
        role="img"
        aria-label={t('repositories.byMonth', { stay, go })}
        style={{ margin: '12px 0 4px' }}
      >
        {months.map((month) => (
          <span key={month.name} title={t('repositories.month', { name: month.name, stay: month.stay, go: month.go })}>
            {month.go > 0 && <i className="hf-hatch" style={{ height: `${(month.go / most) * 54}px` }} />}
            {month.stay > 0 && (
              <i style={{ height: `${(month.stay / most) * 54}px`, background: 'var(--hf-data-1)' }} />
            )}
          </span>
        ))}
      </div>
      <div className="hf-row hf-between hf-xs hf-3">
        <span>{months[0]?.name}</span>
        <span>{t('repositories.perMonth')}</span>
        {months.length > 1 && <span>{months.at(-1)?.name}</span>}
      </div>
      <div className="hf-row" style={{ gap: 16, margin: '8px 0 12px' }}>
        <span className="hf-key hf-num">
          <i style={{ background: 'var(--hf-data-1)' }} />
          {pinned > 0
            ? t('repositories.stayProtected', { n: formatCount(stay), pinned: formatCount(pinned) })
            : t('repositories.stay', { n: formatCount(stay) })}
        </span>
        <span className="hf-key hf-num">
          <i className="hf-hatch" />
          {t('repositories.go', { n: formatCount(go) })}
        </span>
      </div>
      <div className="hf-row" style={{ marginTop: 'auto' }}>
        <Button
          data-danger
          disabled={go === 0}
          loading={prune.busy}
          leftSection={<IconScissors size={16} stroke={1.75} aria-hidden />}
          onClick={() => prune.run()}
        >
          {t('repositories.prune', { snapshots: formatCounted(go, 'snapshot') })}
        </Button>
        <Button onClick={() => listEntries(entries)}>{t('repositories.listThem')}</Button>
      </div>
    </>
  )
}

function isGoing(entry: PruneEntry): boolean {
  return !entry.keep && !entry.protected
}

function listEntries(entries: readonly PruneEntry[]): void {
  modals.open({
    title: t('repositories.whatStays'),
    size: 560,
    children: <EntryList entries={entries} />,
  })
}

function EntryList({ entries }: { readonly entries: readonly PruneEntry[] }) {
  const now = useNow()
  return (
    <ul style={{ maxHeight: '60vh', overflow: 'auto' }}>
      {entries.map((entry) => (
        <li key={entry.snapshot} className="hf-row hf-num" style={{ height: 28 }}>
          <span style={{ width: 140 }}>{formatMoment(entry.at, now)}</span>
          <span className="hf-mono hf-ell hf-grow">{entry.snapshot}</span>
          <span className={`hf-sm ${entry.keep || entry.protected ? 'hf-2' : 'hf-bad'}`}>{outcomeWords(entry)}</span>
        </li>
      ))}
    </ul>
  )
}

function outcomeWords({ keep, protected: isProtected, reason }: PruneEntry): string {
  if (isProtected) return t('repositories.protected')
  if (!keep) return t('repositories.goes')
  const known = reasons.find((each) => each === reason)
  return known === undefined
    ? t('repositories.stays')
    : t('repositories.staysBecause', { reason: t(`repositories.reason_${known}`) })
}
