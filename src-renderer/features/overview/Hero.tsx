import { Button, Menu } from '@mantine/core'
import { IconAlertTriangle, IconCheck, IconHistory, IconHourglass, IconPlayerPlay, IconX } from '@tabler/icons-react'
import { Link, useNavigate } from 'react-router'
import type { PlanState } from '../../../src-shared/contract/plans.ts'
import type { OpenAnomaly } from '../../../src-shared/model/anomaly.ts'
import type { PlanId } from '../../../src-shared/model/ids.ts'
import { t } from '../../i18n/translate.ts'
import { useClient } from '../../state/use-app.tsx'
import { useCommand } from '../../state/use-command.ts'
import { type Tone, toneColor } from '../../ui/status.ts'
import { useNow } from '../../ui/use-now.ts'
import { overviewSentence } from './overview-sentence.ts'

const seals = { ok: IconCheck, warn: IconAlertTriangle, bad: IconX, quiet: IconHourglass } as const

export interface HeroProps {
  readonly plans: readonly PlanState[]
  readonly anomalies: readonly OpenAnomaly[]
}

export function Hero({ plans, anomalies }: HeroProps) {
  const { title, lead, tone } = overviewSentence(plans, useNow(), anomalies)
  return (
    <section className="hf-hero" aria-label={t('overview.state')}>
      <Seal tone={tone} />
      <div className="hf-grow">
        <h1 className="hf-h1" tabIndex={-1}>
          {title}
        </h1>
        <p className="hf-lead">{lead}</p>
      </div>
      <BackUpNow plans={plans} />
      <Button
        component={Link}
        to="/snapshots"
        variant="filled"
        leftSection={<IconHistory size={16} stroke={1.75} aria-hidden />}
      >
        {t('common.restoreFiles')}
      </Button>
    </section>
  )
}

function Seal({ tone }: { readonly tone: Tone }) {
  const kind = tone === 'ok' || tone === 'warn' || tone === 'bad' ? tone : 'quiet'
  const Icon = seals[kind]
  const background = kind === 'quiet' ? 'var(--hf-active)' : `var(--hf-${kind}-soft)`
  return (
    <span className="hf-hero-seal" style={{ background, color: toneColor(tone) }} aria-hidden>
      <Icon size={20} stroke={2.25} />
    </span>
  )
}

function BackUpNow({ plans }: { readonly plans: readonly PlanState[] }) {
  const client = useClient()
  const navigate = useNavigate()
  const run = useCommand(async (ids: readonly PlanId[]) => {
    for (const id of ids) await client.plans.run({ id })
    await navigate('/activity')
  })
  const icon = <IconPlayerPlay size={16} stroke={1.75} aria-hidden />
  const only = plans.length === 1 ? plans[0] : undefined
  if (only !== undefined) {
    return (
      <Button leftSection={icon} loading={run.busy} onClick={() => run.run([only.plan.id])}>
        {t('common.backUpNow')}
      </Button>
    )
  }
  return (
    <Menu width={220}>
      <Menu.Target>
        <Button leftSection={icon} loading={run.busy}>
          {t('common.backUpNow')}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {plans.map(({ plan }) => (
          <Menu.Item key={plan.id} onClick={() => run.run([plan.id])}>
            {plan.name}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item onClick={() => run.run(plans.filter(({ plan }) => plan.enabled).map(({ plan }) => plan.id))}>
          {t('overview.allPlans')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}
