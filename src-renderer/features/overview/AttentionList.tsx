import { ActionIcon, Button, Tooltip } from '@mantine/core'
import { IconAlertTriangle, IconCircleX, IconClockPause } from '@tabler/icons-react'
import { Link } from 'react-router'
import type { PlanState } from '../../../src-shared/contract/plans.ts'
import { t } from '../../i18n/translate.ts'
import { useSharedValue } from '../../state/use-app.tsx'
import { useRemembered } from '../../state/use-remembered.ts'
import { useForecasts } from '../../ui/use-forecasts.ts'
import { useNow } from '../../ui/use-now.ts'
import { type Matter, mattersOf } from './attention.ts'

const SNOOZE_MS = 24 * 3_600_000

/** What needs a person, each with one button. A matter can wait until tomorrow; one that is bad cannot. */
export function AttentionList({ plans }: { readonly plans: readonly PlanState[] }) {
  const now = useNow()
  const repositories = useSharedValue('repositories') ?? []
  const keys = useSharedValue('keys') ?? []
  const forecasts = useForecasts(repositories.map((state) => state.repository.id))
  const [snoozed, setSnoozed] = useRemembered<Record<string, number>>('snoozed', {})
  const matters = mattersOf({ plans, repositories, keys, forecasts, now }).filter(
    (matter) => matter.tone === 'bad' || (snoozed[matter.id] ?? 0) < now,
  )
  if (matters.length === 0) return null
  return (
    <section className="hf-card" aria-label={t('overview.needsAttention')}>
      {matters.map((matter) => (
        <MatterRow
          key={matter.id}
          matter={matter}
          onSnooze={() => setSnoozed({ ...snoozed, [matter.id]: Date.now() + SNOOZE_MS })}
        />
      ))}
    </section>
  )
}

function MatterRow({ matter, onSnooze }: { readonly matter: Matter; readonly onSnooze: () => void }) {
  const Icon = matter.tone === 'bad' ? IconCircleX : IconAlertTriangle
  return (
    <article className="hf-attention">
      <Icon size={20} stroke={1.6} className={`hf-${matter.tone}`} aria-hidden />
      <div className="hf-grow">
        <p className="hf-med">{matter.title}</p>
        <p className="hf-sm hf-2 hf-num">{matter.text}</p>
      </div>
      <Button component={Link} to={matter.to}>
        {matter.action}
      </Button>
      {matter.tone === 'warn' && (
        <Tooltip label={t('overview.notToday')}>
          <ActionIcon size={32} aria-label={t('overview.notTodayThis', { title: matter.title })} onClick={onSnooze}>
            <IconClockPause size={16} stroke={1.75} aria-hidden />
          </ActionIcon>
        </Tooltip>
      )}
    </article>
  )
}
